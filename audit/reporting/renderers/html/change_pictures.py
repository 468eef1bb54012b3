"""Pictures of a report that is held against an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from audit.nouns.reports import Changes, RateChange, RuleChange
from audit.reporting.renderers.html import marks
from audit.reporting.renderers.html.drawing import Key, Picture, Table
from audit.wording import counted, fraction, points_between, rate_cell

LEGEND = (Key("before", "blue", "diamond"), Key("now", "vermilion", "circle"))


def sentence(changes: Changes) -> str:
    """New, gone and unchanged."""
    counts = f"{changes.new:,} new, {len(changes.gone):,} gone, {changes.unchanged:,} unchanged"
    return f"Against {changes.against}: {counts}."


def pictures(changes: Changes) -> tuple[Picture, ...]:
    """The shares before and now, of rules and of failures."""
    drawn = (_shares("changes-rules", "rule", changes.rules), _shares("changes-rates", "failure", changes.rates))
    return tuple(picture for picture in drawn if picture)


def _shares(key: str, what: str, found: Sequence[RuleChange] | Sequence[RateChange]) -> Picture | None:
    told = [one for one in found if one.before.count or one.after.count]
    if not told:
        return None
    values = [
        {"label": _label(one), "series": series, "value": fraction(share), "low": share.low, "high": share.high}
        | {"say": f"{_label(one)}, {series}: {counted(share)}, {rate_cell(share)}"}
        for one in told
        for series, share in (("before", one.before), ("now", one.after))
    ]
    widest = max(told, key=lambda one: abs(one.difference.value or 0.0))
    return Picture(
        key,
        f"The largest change: {_label(widest)}, {points_between(widest.difference)}",
        "Diamonds: the earlier report. Circles: this one. A finding is the same where its rule and the content of its "
        "row are. Lines are 95 % intervals (Wilson); the intervals of the "
        "differences are Newcombe's, for two samples that share no rows.",
        f"n = {told[0].before.of:,} before, {told[0].after.of:,} now",
        partial(marks.dots, values, LEGEND, title="share"),
        Table((what, "before", "now", "difference", *_more_heads(told)), [_row(one) for one in told]),
        LEGEND,
    )


def _more_heads(told: Sequence[Any]) -> tuple[str, ...]:
    return ("new", "gone", "unchanged") if isinstance(told[0], RuleChange) else ()


def _label(one: RuleChange | RateChange) -> str:
    return one.name if isinstance(one, RuleChange) else f"{one.failure}, {one.run}"


def _row(one: RuleChange | RateChange) -> tuple[str, ...]:
    cells = (_label(one), counted(one.before), counted(one.after), points_between(one.difference))
    return (*cells, str(one.new), str(one.gone), str(one.unchanged)) if isinstance(one, RuleChange) else cells
