"""Finding a column by what people call it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from audit.types import AuditError


@dataclass(frozen=True)
class Header:
    """The columns of an input, and the input's name for messages."""

    name: str
    columns: tuple[str, ...]

    def find(self, names: Iterable[str]) -> str | None:
        """The first of these names that a column has, whatever its case and padding; AuditError if two columns do."""
        for name in names:
            found = [column for column in self.columns if fold(column) == name]
            if len(found) > 1:
                raise AuditError(
                    f"{self.name}: columns {' and '.join(map(repr, found))} differ in case or spaces only; "
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
        folded = {fold(column): column for column in self.columns}
        for name in names:
            if len(name) > 1 and (close := get_close_matches(fold(name), folded, 1, 0.6)):
                return f"; the nearest is {folded[close[0]]!r}"
        return ""

    @property
    def listing(self) -> str:
        """All columns in their order."""
        return ", ".join(self.columns) or "none"


def fold(column: str) -> str:
    """The name with case, padding and the kind of word divider taken away."""
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFC", column).strip().casefold())
