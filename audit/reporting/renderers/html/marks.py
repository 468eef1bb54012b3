"""The shapes that pictures are made of: dots with intervals, curves, bars, a map. Each gives a Vega-Lite layer cake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from audit.reporting.renderers.html.drawing import STAND_IN, WIDE, Key, Spec

Values = Sequence[Mapping[str, Any]]
PERCENT = ".1~%"
ROW = 22  # px for one dot and its interval
GAP = 10  # px between groups of them


def dots(values: Values, legend: Sequence[Key], width: int, *, title: str, signed: bool = False) -> Spec:
    """One dot with its interval a row; values have label, series, value, low, high (fractions) and say.

    `signed`: differences, so 0 is drawn as a line and ticks are points with their sign.
    """
    series = [key.name for key in legend]
    offset: Spec = {"yOffset": {"field": "series", "sort": series}} if len(series) > 1 else {}
    y: Spec = {"field": "label", "type": "nominal", "sort": None, "title": None}
    y |= {"axis": {"domain": False, "ticks": False, "grid": len(series) > 1, "tickBand": "extent"}}
    form = {"labelExpr": _points("datum.value")} if signed else {"format": PERCENT}
    x: Spec = {"type": "quantitative", "title": title, "axis": {**form, "tickCount": _ticks(width), "domain": False}}
    x["scale"] = {"nice": True, "zero": True}
    common: Spec = {"y": y, **offset, "description": {"field": "say"}}
    interval: Spec = {"mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.75}}
    interval["encoding"] = {**common, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": _colour(legend)}
    dot: Spec = {"mark": {"type": "point", "filled": True, "size": 100, "opacity": 1}}
    dot["encoding"] = {**common, "x": {**x, "field": "value"}, "color": _colour(legend), "shape": _shape(legend)}
    layers: list[Spec] = [interval, dot]
    if signed:
        layers.insert(0, {"data": {"values": [{"x": 0}]}, "mark": _line(), "encoding": {"x": {"field": "x", **x}}})
    step = {"step": ROW, "for": "offset"} if len(series) > 1 else {"step": ROW + 4}
    return {"data": {"values": list(values)}, "height": step, "layer": layers}


def forest(values: Values, legend: Sequence[Key], width: int, *, title: str, margin: float) -> Spec:
    """Differences with their intervals, one a row, over the band in which they count as nothing; see `dots`."""
    spec = dots(values, legend, width, title=title, signed=True)
    for layer in spec["layer"]:
        layer["encoding"].pop("yOffset", None)
    x = spec["layer"][0]["encoding"]["x"]
    band: Spec = {"data": {"values": [{"low": -margin, "high": margin}]}}
    band["mark"] = {"type": "rect", "color": STAND_IN["grid"], "opacity": 0.7}
    band["encoding"] = {"x": {**x, "field": "low"}, "x2": {"field": "high"}}
    return {**spec, "height": {"step": ROW + 4}, "layer": [band, *spec["layer"]]}


def curves(values: Values, legend: Sequence[Key], width: int, *, facet: str, axis: str) -> Spec:
    """Rates over time with their bands, one small picture for each `facet`; values: time, value, low, high, series."""
    x: Spec = {"field": "time", "type": "quantitative", "title": axis}
    x["axis"] = {"grid": False, "tickCount": _ticks(width), "format": "d", "tickMinStep": 1}
    y: Spec = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {"format": PERCENT, "tickCount": 3},
    }
    y["axis"] |= {"domain": False}
    band: Spec = {"mark": {"type": "area", "opacity": 0.18}}
    band["encoding"] = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": _colour(legend)}
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": {**y, "field": "value"}}}
    line["encoding"] |= {"color": _colour(legend), "strokeDash": _dash(legend)}
    columns = 2 if width >= WIDE else 1
    return {
        "data": {"values": list(values)},
        "autosize": "pad",
        "facet": {"field": facet, "type": "nominal", "sort": None, "title": None, "header": {"labelAnchor": "start"}},
        "columns": columns,
        "spacing": 24,
        "spec": {"width": (width - 40 * columns - 30) / columns, "height": 110, "layer": [band, line]},
    }


def bars(values: Values, legend: Sequence[Key], width: int, *, title: str, form: str = PERCENT) -> Spec:
    """One bar for each label and series, side by side; values have label, series, value and say."""
    series = [key.name for key in legend]
    y: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"domain": False, "ticks": False},
    }
    encoding: Spec = {"y": y, "color": _colour(legend), "description": {"field": "say"}}
    if len(series) > 1:
        encoding["yOffset"] = {"field": "series", "sort": series}
    x: Spec = {"field": "value", "type": "quantitative", "title": title, "axis": {"format": form, "domain": False}}
    x["axis"] |= _whole(value["value"] for value in values) if form == "d" else {"tickCount": _ticks(width)}
    step = {"step": 13, "for": "offset"} if len(series) > 1 else {"step": ROW}
    mark: Spec = {"type": "bar", "cornerRadiusEnd": 2}
    return {"data": {"values": list(values)}, "height": step, "mark": mark, "encoding": {**encoding, "x": x}}


def stacked(values: Values, legend: Sequence[Key], width: int, *, title: str) -> Spec:
    """Counts that add up, one bar for each label; values have label, series, value and say."""
    order = {key.name: place for place, key in enumerate(legend)}
    ranked = [{**value, "order": order[value["series"]]} for value in values]
    spec = bars(ranked, legend, width, title=title, form="d")
    spec["encoding"].pop("yOffset", None)
    spec["encoding"] |= {"order": {"field": "order"}}
    totals = Counter[str]()
    for value in values:
        totals[value["label"]] += value["value"]
    spec["encoding"]["x"]["axis"] = {"format": "d", "domain": False, **_whole(totals.values())}
    return {**spec, "height": {"step": ROW}}


def histogram(values: Values, legend: Sequence[Key], width: int, *, title: str) -> Spec:
    """Distributions as steps over each other; values have from, to, share, series and say."""
    x: Spec = {"field": "from", "type": "quantitative", "title": title, "scale": {"domain": [0, 1]}}
    x["axis"] = {"format": PERCENT, "tickCount": _ticks(width), "grid": False}
    y: Spec = {"field": "share", "type": "quantitative", "title": "share of the pairs", "stack": None}
    y["axis"] = {"format": PERCENT, "tickCount": 4, "domain": False}
    encoding: Spec = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}, "color": _colour(legend)}
    encoding |= {"description": {"field": "say"}}
    mark: Spec = {"type": "rect", "opacity": 0.6}
    return {"data": {"values": list(values)}, "height": 200, "mark": mark, "encoding": encoding}


def steps(values: Values, width: int, *, x_title: str, y_title: str, at: float | None) -> Spec:
    """A count that falls as a limit rises; values have x, y and say; `at` marks the limit in force."""
    x: Spec = {"field": "x", "type": "quantitative", "title": x_title, "scale": {"zero": False}}
    x["axis"] = {"format": ".2f", "tickCount": _ticks(width), "grid": False}
    y: Spec = {"field": "y", "type": "quantitative", "title": y_title, "axis": {"domain": False, "format": "d"}}
    y["axis"] |= _whole(value["y"] for value in values)
    line: Spec = {"mark": {"type": "line", "color": STAND_IN["blue"], "interpolate": "step-before", "strokeWidth": 2}}
    line["encoding"] = {"x": x, "y": y}
    points: Spec = {"mark": {"type": "point", "filled": True, "size": 50, "color": STAND_IN["blue"], "opacity": 1}}
    points["encoding"] = {"x": x, "y": y, "description": {"field": "say"}}
    layers: list[Spec] = [line, points]
    if at is not None:
        mark = {**_line(), "strokeDash": [4, 3]}
        layers.insert(0, {"data": {"values": [{"x": at}]}, "mark": mark, "encoding": {"x": x}})
    return {"data": {"values": list(values)}, "height": 160, "layer": layers}


def scatter(values: Values, legend: Sequence[Key], width: int) -> Spec:
    """Points on a plane without scales; values have x, y, series and say. What comes last in the legend lies on top."""
    axis: Spec = {"axis": None, "type": "quantitative", "scale": {"nice": False, "zero": False, "padding": 8}}
    order = {key.name: place for place, key in enumerate(legend)}
    placed = sorted(values, key=lambda value: order[value["series"]])
    encoding: Spec = {"x": {**axis, "field": "x"}, "y": {**axis, "field": "y"}, "color": _colour(legend)}
    encoding |= {"shape": _shape(legend), "description": {"field": "say"}}
    sizes = [22 if place == 0 else 80 for place in range(len(legend))]
    encoding["size"] = {"field": "series", "scale": {"domain": list(order), "range": sizes}, "legend": None}
    if len(sizes) == 1:  # of which Vega makes no scale
        encoding["size"] = {"value": sizes[0]}
    mark: Spec = {"type": "point", "filled": True, "opacity": 0.85, "stroke": STAND_IN["paper"], "strokeWidth": 0.5}
    height = 420 if width >= WIDE else 320
    return {"data": {"values": placed}, "height": height, "mark": mark, "encoding": encoding}


def spans(values: Values, _: int, *, title: str) -> Spec:
    """From a hollow dot to a full one, one row for each label; values have label, before, after and say."""
    y: Spec = {"field": "label", "type": "nominal", "sort": None, "title": None}
    y["axis"] = {"domain": False, "ticks": False, "grid": True, "tickBand": "center"}
    x: Spec = {"type": "quantitative", "title": title, "axis": {"domain": False, "format": "d"}}
    x["axis"] |= _whole(max(value["before"], value["after"]) for value in values)
    common: Spec = {"y": y, "description": {"field": "say"}}
    rule: Spec = {"mark": {"type": "rule", "strokeWidth": 2, "color": STAND_IN["faint"]}}
    rule["encoding"] = {**common, "x": {**x, "field": "before"}, "x2": {"field": "after"}}
    before: Spec = {"mark": {"type": "point", "size": 90, "color": STAND_IN["vermilion"], "strokeWidth": 2}}
    before["mark"] |= {"fill": STAND_IN["paper"], "opacity": 1}
    before["encoding"] = {**common, "x": {**x, "field": "before"}}
    after: Spec = {"mark": {"type": "point", "filled": True, "size": 90, "color": STAND_IN["blue"], "opacity": 1}}
    after["encoding"] = {**common, "x": {**x, "field": "after"}}
    return {"data": {"values": list(values)}, "height": {"step": ROW + 4}, "layer": [rule, before, after]}


def _colour(legend: Sequence[Key]) -> Spec:
    names, colours = [key.name for key in legend], [STAND_IN[key.colour] for key in legend]
    return {"field": "series", "type": "nominal", "scale": {"domain": names, "range": colours}, "legend": None}


def _shape(legend: Sequence[Key]) -> Spec:
    names, shapes = [key.name for key in legend], [key.shape for key in legend]
    return {"field": "series", "type": "nominal", "scale": {"domain": names, "range": shapes}, "legend": None}


def _dash(legend: Sequence[Key]) -> Spec:
    dashes = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4]]
    names = [key.name for key in legend]
    patterns = [dashes[place % len(dashes)] for place in range(len(names))]
    return {"field": "series", "type": "nominal", "scale": {"domain": names, "range": patterns}, "legend": None}


def _line() -> Spec:
    return {"type": "rule", "color": STAND_IN["soft"], "strokeWidth": 1}


def _ticks(width: int) -> int:
    return 6 if width >= WIDE else 4


def _whole(counts: Iterable[int]) -> Spec:
    """Ticks at whole numbers, six at most: there is no half of a row."""
    most = max(counts, default=0)
    step = next(size * 10**zeros for zeros in range(12) for size in (1, 2, 5) if most <= 6 * size * 10**zeros)
    return {"values": list(range(0, most + step, step))}


def _points(value: str) -> str:
    return f"({value} > 0 ? '+' : '') + format(100 * {value}, '.0f')"
