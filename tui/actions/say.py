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
        "here": Topic("h", "where the keys act"),
        "row": Topic("i", "what the row means"),
        "panel": Topic("a", "all in view, row by row"),
        "transport": Topic("k", "position, what is heard"),
        "loudness": Topic("l", "loudness"),
        "peaks": Topic("p", "peaks and overs"),
        "limiter": Topic("r", "limiting and its causes"),
        "null": Topic("n", "the null test"),
        "stem": Topic("s", "this stem or the master"),
        "stems": Topic("S", "every stem"),
        "chain": Topic("c", "this chain"),
        "target": Topic("t", "target and version"),
        "monitor": Topic("m", "the monitor"),
        "markers": Topic("b", "the markers"),
        "device": Topic("d", "the device"),
        "session": Topic("v", "state of the session"),
        "warnings": Topic("w", "what is wrong"),
        "jobs": Topic("j", "what is worked at"),
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
