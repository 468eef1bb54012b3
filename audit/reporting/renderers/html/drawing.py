"""Pictures: Vega-Lite specifications drawn as SVG, once for a wide page and once for a phone.

Colours are named in a specification by a stand-in and become CSS variables in the SVG, so one drawing serves the light
page, the dark one and paper. Letters are measured in a font that vl-convert brings along: the same bytes everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from markupsafe import Markup

from audit.nouns.foreign_text import lines

NUMBER = re.compile(r"[-+−±x]?[\d.,]+(?: ?%| of [\d,]+| points)?(?: \(.*\))?|[-–]|p [<=] .*|\(.*∞\)")
SENTENCE = 50  # characters of a cell from which its column is one of sentences
WIDE, NARROW = 720, 340  # px; the text column of the page, and that of a phone of 390 px
FONT = "Liberation Sans"
VEGA_LITE = "5.20"

Spec = dict[str, Any]

COLOURS = {  # stand-in -> (variable, on light paper, on dark); the series are those of Okabe and Ito (2008)
    "#000001": ("ink", "#1d1c1a", "#e9e6df"),
    "#000002": ("soft", "#5d5a54", "#a9a59c"),
    "#000003": ("grid", "#e3dfd6", "#34363a"),
    "#000004": ("blue", "#0072b2", "#56b4e9"),
    "#000005": ("vermilion", "#c44601", "#ff8a4c"),
    "#000006": ("green", "#00785a", "#2fc79d"),
    "#000007": ("purple", "#a2558a", "#e29ac9"),
    "#000008": ("ochre", "#8a6100", "#e6b93f"),
    "#000009": ("faint", "#b7b2a7", "#5f6167"),
    "#00000a": ("paper", "#fbfaf7", "#17181b"),
}
STAND_IN = {name: stand_in for stand_in, (name, _, _) in COLOURS.items()}
SERIES = ("blue", "vermilion", "green", "purple", "ochre")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
SIGNS = {"circle": "●", "square": "■", "triangle-up": "▲", "diamond": "◆", "cross": "✚", "hollow": "○", "line": "│"}


@dataclass(frozen=True)
class Key:
    """One entry of a legend: what a colour and a shape stand for."""

    name: str
    colour: str
    shape: str = "circle"

    @property
    def sign(self) -> str:
        """The shape as a letter."""
        return SIGNS[self.shape]


@dataclass(frozen=True)
class Table:
    """Cells as a person reads them; those of `numeric` columns are set right."""

    heads: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column whether all its cells are numbers, with what belongs to one."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.heads)
        return tuple(bool(cells) and all(NUMBER.fullmatch(str(cell)) for cell in cells) for cells in columns)

    @property
    def wordy(self) -> tuple[bool, ...]:
        """For each column whether it holds sentences, which need room."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.heads)
        return tuple(any(len(str(cell)) > SENTENCE for cell in cells) for cells in columns)


@dataclass(frozen=True)
class Picture:
    """What to see (`title`), how to read it (`caption`), what it rests on (`n`), and the numbers behind it.

    `spec` gives the specification for a width; `legend` is set in letters above the drawing.
    """

    key: str
    title: str
    caption: str
    n: str
    spec: Callable[[int], Spec]
    numbers: Table
    legend: tuple[Key, ...] = ()

    @property
    def wide(self) -> Markup:
        """The drawing for a page."""
        return draw(self.spec(WIDE), WIDE)

    @property
    def narrow(self) -> Markup:
        """The drawing for a phone."""
        return draw(self.spec(NARROW), NARROW)


def draw(spec: Spec, width: int) -> Markup:
    """The drawing as an SVG element whose colours are variables of the page it stands in."""
    svg = _svg(spec, width)
    svg = re.sub(r"<rect[^>]*fill=\"#00000a\"/>", "", svg, count=1)
    svg = re.sub(r' (?:version|xmlns(?::xlink)?|class|role|aria-roledescription)="[^"]*"', "", svg)
    svg = re.sub(r' font-family="[^"]*"', "", svg)
    svg = re.sub(r'"(#00000[1-9a])"', lambda match: f'"var(--{COLOURS[match[1]][0]})"', svg)
    svg = svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
    return Markup(svg)  # noqa: S704 - Vega escapes what it sets


def standalone(picture: Picture) -> str:
    """The drawing as a file of its own, with its title and legend; it follows the reader's light or dark theme."""
    title = {"text": picture.title, "anchor": "start", "color": STAND_IN["ink"], "fontSize": 15, "offset": 12}
    room = {"left": 20, "right": 12, "top": 8, "bottom": 8}  # for letters wider than those that were measured
    spec = _with_legends(picture.spec(WIDE)) | {"background": "transparent", "title": title, "padding": room}
    svg = _svg(spec, WIDE)
    svg = re.sub(r'"(#00000[1-9a])"', lambda match: f'"var(--{COLOURS[match[1]][0]})"', svg)
    light = "".join(f"--{name}:{on_light};" for name, on_light, _ in COLOURS.values())
    dark = "".join(f"--{name}:{on_dark};" for name, _, on_dark in COLOURS.values())
    style = (
        f"<style>svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}text{{font-family:{FALLBACK}}}</style>"
    )
    return re.sub(r"(<svg[^>]*>)", lambda match: match[1] + style, svg, count=1) + "\n"


def _with_legends(part: Any) -> Any:
    """A specification whose colours and shapes are told inside the drawing."""
    if isinstance(part, list):
        return [_with_legends(one) for one in part]
    if not isinstance(part, dict):
        return part
    told = {"orient": "top", "title": None, "labelColor": STAND_IN["ink"], "labelFontSize": 12, "symbolSize": 90}
    return {name: told if name == "legend" and one is None else _with_legends(one) for name, one in part.items()}


FALLBACK = "'Liberation Sans',Arial,Helvetica,'Noto Sans CJK KR',sans-serif"


CLIP = re.compile(r"\bclip(\d+)\b")


def _svg(spec: Spec, width: int) -> str:
    """The drawing; what steers the direction of letters is shown as its number."""
    import vl_convert

    full = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": STAND_IN["paper"],
        "padding": 4,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "width": width,
        "config": _config(width),
        **spec,
    }
    return _with_own_names(str(vl_convert.vegalite_to_svg(_shown(full), vl_version=VEGA_LITE)))


def _shown(part: Any) -> Any:
    """A specification in whose names and texts nothing acts."""
    if isinstance(part, str):
        return lines(part)
    if isinstance(part, list | tuple):
        return [_shown(one) for one in part]
    return {name: _shown(one) for name, one in part.items()} if isinstance(part, dict) else part


def _with_own_names(svg: str) -> str:
    """Names of clip paths by what is drawn: Vega counts them on and on, whatever else the process has drawn."""
    numbers: dict[str, int] = {}
    plain = CLIP.sub(lambda match: f"clip{numbers.setdefault(match[1], len(numbers))}", svg)
    picture = blake2b(plain.encode(), digest_size=4).hexdigest()
    return CLIP.sub(lambda match: f"clip-{picture}-{match[1]}", plain)


def _config(width: int) -> Spec:
    """Thin axes, quiet grids, ink for what is to be read."""
    size = 12 if width >= WIDE else 11
    axis = {
        "labelColor": STAND_IN["ink"],
        "titleColor": STAND_IN["soft"],
        "titleFontWeight": "normal",
        "domainColor": STAND_IN["faint"],
        "tickColor": STAND_IN["faint"],
        "gridColor": STAND_IN["grid"],
        "labelFontSize": size,
        "titleFontSize": size,
        "labelPadding": 6,
        "titlePadding": 8,
        "labelLimit": width // 3,
    }
    header = {"labelColor": STAND_IN["ink"], "labelFontSize": size, "titleColor": STAND_IN["soft"]}
    text = {"color": STAND_IN["ink"], "fontSize": size}
    return {"font": FONT, "axis": axis, "header": header, "text": text, "view": {"stroke": None}}
