"""matplotlib as pictures need it: imported only here and only then, and the same bytes every time.

Nothing of the user's own settings of matplotlib takes part, and no state is shared between pictures.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.papers.document import WIDTH_IN, Picture
from engine.papers.inks import STAND_INS, Inks, as_variables
from engine.paths import cache_dir

_SETTINGS: dict[str, Any] = {
    "font.size": 8.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "svg.hashsalt": "stemlathe",  # names of clip paths: the same every time
    "svg.fonttype": "none",  # text stays text: found by a search, read aloud, drawn with the page's font
    "pdf.fonttype": 42,  # fonts embedded as outlines that every printer knows
    "pdf.compression": 9,
    "path.simplify": True,
    "text.parse_math": False,  # a stem may be called $x$
}
_ID = re.compile(r'(id="|href="#|url\(#)([^")]+)')
#: Coordinates: a hundredth of a point is finer than any printer.
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?=[ \",)\n])")
_FAMILIES = re.compile(r"'DejaVu Sans'(?:, '[^']*')*")
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


@contextmanager
def drawing() -> Iterator[Any]:
    """The module `matplotlib` with our settings and nothing else's."""
    # its list of fonts goes with our own caches, also where a home folder cannot be written
    os.environ.setdefault("MPLCONFIGDIR", str(cache_dir() / "matplotlib"))
    import matplotlib

    from engine.papers.typeset import families

    with matplotlib.rc_context(), warnings.catch_warnings():
        # a letter that no font here has is drawn as a box: nothing the user can do about a program's report
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS | {"font.family": families()})
        yield matplotlib


def figure_of(picture: Picture, inks: Inks) -> Any:
    """The picture as a `matplotlib.figure.Figure`; within `drawing`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, picture.height_in), facecolor="none", layout="constrained")
    picture.draw(figure, inks)
    for axes in figure.axes:
        dress(axes, inks)
    return figure


def dress(axes: Any, inks: Inks) -> None:
    """Gives the frame of a diagram its colours."""
    axes.set_facecolor("none")
    axes.tick_params(colors=inks.muted, labelsize=7.5)
    for spine in axes.spines.values():
        spine.set_color(inks.rule)
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(inks.muted)
    axes.title.set_color(inks.ink)
    axes._left_title.set_color(inks.ink)


def svg_of(picture: Picture, number: int) -> str:
    """The picture as an `svg` element whose colours are variables of the page.

    Args:
        picture: to draw.
        number: of the picture in its page; names in it begin with it, so that no two are the same.
    """
    buffer = io.StringIO()
    with drawing():
        figure = figure_of(picture, STAND_INS)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = _PROLOGUE.sub("", buffer.getvalue(), count=1)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = _ID.sub(lambda found: f"{found[1]}p{number}-{found[2]}", text)
    text = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" role="img">', text, count=1)
    text = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)
    text = _FAMILIES.sub("var(--face)", text)
    return as_variables(text).strip()
