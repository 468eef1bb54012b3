"""Outputs that a column of labels calls a failure."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.rows.generations import Generations


def labelled(generations: Generations, *, label: str = "", says: str = "") -> Observations:
    """Every output whose label of that name is true."""
    for position, mark in enumerate(generations.labels.get(label, ())):
        if mark:
            yield Finding(position, f"its label says so: {says}", because=says)
