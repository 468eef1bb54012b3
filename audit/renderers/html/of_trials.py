"""Pictures of what was trained: a model beside its reference, and the effects of an experiment."""

from __future__ import annotations

from collections.abc import Iterator

from audit.renderers.html.drawing import Picture, Table
from audit.types import Report

Part = tuple[str, str, tuple[Picture, ...], tuple[Table, ...], tuple[str, ...]]


def sections(report: Report) -> Iterator[Part]:
    """Key, title, pictures, tables and lines of each section."""
    yield from () if report.experiment else ()
