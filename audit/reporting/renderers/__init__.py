"""A Report in, the text of one format out, or its bytes: a module with `render` each; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.nouns.reports import Report


OF_DIAGNOSES = ("findings", "findings-ko")


def names(*, of_diagnoses: bool = False) -> tuple[str, ...]:
    """The formats that every report has, and those of a diagnosis if wanted; found by walking."""
    found = {module.name.replace("_", "-") for module in iter_modules(__path__)}
    return tuple(sorted(found if of_diagnoses else found.difference(OF_DIAGNOSES)))


def written(report: Report, form: str) -> bytes | Iterable[str]:
    """The report in a format, in pieces where it is text. A renderer is imported only where it is asked for."""
    module = import_module(f"{__name__}.{form.replace('-', '_')}")
    if hasattr(module, "pieces"):  # where the whole need not fit in memory
        pieces: Iterable[str] = module.pieces(report)
        return pieces
    made: bytes | str = module.render(report)
    return made if isinstance(made, bytes) else [made]
