"""Figures on demand, as sentences: `:say loudness`, or a key of two for each subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tui.actions.registry import Declare


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that can be asked for.

    Attributes:
        letter: after `"`, the key.
        help: what is told.
    """

    letter: str
    help: str


#: By their names; what each says stands in `tui.plain.topics`.
TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        "here": Topic("h", "where the keys act, and what stands there"),
        "row": Topic("i", "what the chosen row means, its range and steps"),
        "panel": Topic("a", "everything in view, row by row"),
        "transport": Topic("k", "state, position, loop, marker, what is heard"),
        "loudness": Topic("l", "loudness of the master, and how it lies to the target"),
        "peaks": Topic("p", "true peak, sample peaks and overs, master and stems"),
        "limiter": Topic("r", "gain reduction, and which stems cause it"),
        "null": Topic("n", "the null test's verdict and residual"),
        "stem": Topic("s", "the chosen stem or the master: settings and meters"),
        "stems": Topic("S", "every stem in a line"),
        "chain": Topic("c", "the processors of the chosen strip"),
        "target": Topic("t", "target, version, drive and ceiling"),
        "monitor": Topic("m", "monitor level and switches"),
        "markers": Topic("b", "markers, by number"),
        "device": Topic("d", "the device, its rate, under-runs and load"),
        "session": Topic("v", "title, revision, what is unsaved, snapshots, who is in control"),
        "warnings": Topic("w", "what is wrong, or worth knowing"),
        "jobs": Topic("j", "what is being worked at, and how far it is"),
    }
)

_action = Declare("say")

ACTIONS = (
    _action("say", "", "say figures in words", "[topic]"),
    *(
        _action(f"say_{name}", f"quotation_mark,{topic.letter}", f"say {topic.help}")
        for name, topic in TOPICS.items()
    ),
)
