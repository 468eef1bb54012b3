"""Finding a column by what people call it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice

from audit.nouns.dialogue import AuditError
from audit.rows.formats import records
from audit.rows.formats.records import excerpt

SPLIT = ("split", "data_type", "subset", "set")  # what people call the column that says train or test
NEAR = 1_000  # columns among which the nearest name is looked for: each costs 10 µs


@dataclass(frozen=True)
class Header:
    """The columns of an input, and the input's name for messages."""

    name: str
    columns: tuple[str, ...]

    def find(self, names: Iterable[str]) -> str | None:
        """The first of these names that a column has, whatever its case and padding; AuditError if two columns do."""
        for name in names:
            found = self._by_name.get(name, ())
            if len(found) > 1:
                raise AuditError(
                    f"{self.name}: columns {' and '.join(map(excerpt, found[:2]))} differ in case or spaces only; "
                    f"rename one. Columns found: {self.listing}"
                )
            if found:
                return found[0]
        return None

    def named(self, wanted: str, option: str) -> str:
        """The column that the user named; an unknown one is an AuditError that tells the nearest."""
        column = wanted if wanted in self.columns else self.find([fold(wanted)])
        if column is None:
            raise AuditError(
                f"{self.name}: no column {wanted!r} ({option}){self.near([wanted])}. Columns found: {self.listing}"
            )
        return column

    def near(self, names: Iterable[str]) -> str:
        """Words that tell the column nearest to one of these names, or nothing where none comes near."""
        folded = {name: columns[-1] for name, columns in islice(self._by_name.items(), NEAR)}
        for name in names:
            if len(name) > 1 and (close := get_close_matches(fold(name), folded, 1, 0.6)):
                return f"; the nearest is {excerpt(folded[close[0]])}"
        return ""

    @property
    def listing(self) -> str:
        """The columns in their order, for a message."""
        return records.listing(self.columns)

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for column in self.columns:
            found.setdefault(fold(column), []).append(column)
        return found


def fold(column: str) -> str:
    """The name with case, padding and the kind of word divider taken away."""
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFC", column).strip().casefold())
