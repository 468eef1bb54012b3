"""Outputs that never came to an end."""

from __future__ import annotations

import pyarrow.compute as pc

from audit.nouns.findings import Finding, Observations
from audit.rows.generations import Generations

TAIL = 30  # characters of the end that the message shows


def no_stop(generations: Generations) -> Observations:
    """Outputs without the end marker that other outputs of their run have: cut off by the length limit."""
    endless = pc.indices_nonzero(pc.equal(generations.column("stopped"), False))
    said = generations.column("said").take(endless).to_pylist()
    for position, text in zip(endless.to_pylist(), said, strict=True):
        shown = " ".join(text[-TAIL:].split())
        message = f"goes on without an end marker until it is cut off: …{shown!r}"
        yield Finding(position, message, 1.0, "no-end-marker", span=(max(0, len(text) - TAIL), len(text)))
