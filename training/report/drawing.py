"""From a painted figure to SVG that may stand inside an HTML page: the same bytes for the same figure.

Several pictures share the page, so their ids carry the picture's name. Colours are given as CSS variables of
the page, which has others for the dark; text is text, in the page's own font.
"""

import re
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 4.8
"""Inches of every picture; on a phone it is shown at four fifths of that, and can still be read."""

INK, GRID, PAPER = "#1d2126", "#d4d8dd", "#fefefe"
OURS, TALK = "#0072b2", "#e69f00"
REMOVED, KEPT = "#d55e00", "#56b4e9"
"""Of the palette for colour-blind readers by Okabe and Ito (2008); the talk's lines are dashed besides."""

VARIABLES = {
    INK: "--ink",
    GRID: "--grid",
    PAPER: "--card",
    OURS: "--ours",
    TALK: "--talk",
    REMOVED: "--removed",
    KEPT: "--kept",
}
"""What the page's style sheet calls the colours."""

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,  # a word's dollar signs are no formula
    "xtick.color": INK,
    "xtick.labelsize": 9,
    "ytick.color": INK,
    "ytick.labelsize": 9,
}
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_FONT = re.compile(r"font-family: [^;]*;? ?")
_REFERENCE = re.compile(r"^(?:url\(#(.*)\)|#(.*))$")
_UNWANTED = ("metadata", "style")
"""Who made the picture, and rules that would hold for the whole page."""


def draw(name: str, alt: str, paint: Callable[["Figure"], None], height: float = 3.4) -> str:
    """Return a picture as an svg element.

    Args:
        name: Tells it from the others on the page; letters and hyphens.
        alt: What it shows, for who cannot see it.
        paint: Paints the figure.
        height: In inches.
    """
    # Figures made without pyplot need no display, keep no state, and load in half the time.
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    file = BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # words in another script
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_STYLE, "svg.hashsalt": name})
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        figure.patch.set_visible(False)
        paint(figure)
        for axes in figure.axes:
            axes.patch.set_visible(False)
        FigureCanvasSVG(figure)
        figure.savefig(file, format="svg", metadata={"Date": None})
    return _inline(file.getvalue(), name, alt)


def title(figure: "Figure", text: str) -> None:
    """Give a figure a title that begins at its left edge, where there is most room for it."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=11, fontweight="bold")


def _inline(svg: bytes, name: str, alt: str) -> str:
    root = ElementTree.fromstring(svg)  # noqa: S314 - matplotlib wrote it a moment ago
    for element in root.iter():
        for child in list(element):
            if child.tag.endswith(_UNWANTED):
                element.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # HTML knows what an svg element is
        element.attrib = {
            key.rpartition("}")[2]: _value(key, value, name) for key, value in element.attrib.items()
        }
        if element.tag != "text":
            element.text = None
        element.tail = None
    _, _, width, height = root.attrib["viewBox"].split()
    root.attrib = {
        "class": "picture",
        "viewBox": f"0 0 {width} {height}",
        "role": "img",
        "aria-label": alt,
    }
    _drop_unused_ids(root)
    return ElementTree.tostring(root, encoding="unicode")


def _value(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "style":
        return _COLOUR.sub(_variable, _FONT.sub("", value))
    if key == "d":
        return value.replace("\n", "")
    if found := _REFERENCE.match(value):
        return f"url(#{name}-{found[1]})" if found[1] else f"#{name}-{found[2]}"
    return value


def _variable(colour: re.Match[str]) -> str:
    variable = VARIABLES.get(colour[0])
    return f"var({variable})" if variable else colour[0]


def _drop_unused_ids(root: ElementTree.Element) -> None:
    used = {
        found[1] or found[2]
        for element in root.iter()
        for value in element.attrib.values()
        if (found := _REFERENCE.match(value))
    }
    for element in root.iter():
        if element.attrib.get("id") not in used:
            element.attrib.pop("id", None)
