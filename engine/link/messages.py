"""The words of the protocol: every message, who may send it, and what it carries.

A message is one JSON object: `kind`, `id` (a number its sender chose; an answer repeats it),
`revision` (of the live session: the one an edit is based on, or the one an answer leads to) and
`payload`. NaN and infinity are not JSON and are refused. Kinds and payload fields may be added;
an unknown kind is answered by an error and changes nothing.
"""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NoReturn, TypeGuard

from engine.link.failures import MessageRefused


class Right(enum.Enum):
    """Who may send a command: every client, every one that is not read-only, or the controller alone."""

    ANYONE = "anyone"
    USER = "user"
    CONTROLLER = "controller"


@dataclass(frozen=True)
class Item:
    """One field of a payload.

    Attributes:
        types: what JSON gives: int, float (which takes int), str, bool, list, dict, None's type.
        help: what it means.
        required: it must be there.
        choices: the only values allowed, if there are such.
    """

    types: tuple[type, ...]
    help: str
    required: bool = True
    choices: tuple[Any, ...] = ()

    def accepts(self, value: Any) -> bool:
        """Whether `value` may stand here. A bool is not a number, and integers have 64 bits."""
        kinds = (*self.types, int) if float in self.types else self.types
        if isinstance(value, bool):
            return bool in kinds
        if isinstance(value, int) and not _is_integer(value):
            return False
        return isinstance(value, kinds) and (not self.choices or value in self.choices)


@dataclass(frozen=True)
class Word:
    """One kind of message.

    Attributes:
        help: what it asks or tells.
        items: fields of its payload.
        right: who may send it (commands).
    """

    help: str
    items: Mapping[str, Item] = field(default_factory=dict)
    right: Right = Right.CONTROLLER


# integers end up in 64-bit cells
_INTEGER_LIMIT = 2**63

_NONE = type(None)
_FRAME = Item((int,), "song frame, from 0")
_NAME_OR_NONE = (str, _NONE)
_VALUE_TYPES = (bool, float, str, list, dict, _NONE)

#: From client to engine.
COMMANDS: Mapping[str, Word] = MappingProxyType(
    {
        "set": Word(
            "gives a parameter a value",
            {
                "path": Item((str,), "as in the session file: stems[2].trim_db"),
                "value": Item(_VALUE_TYPES, "null: back to the default"),
            },
        ),
        "edit": Word(
            "changes the structure; the edit itself is a file (engine.processes.edit_files)",
            {"reference": Item((str,), "name of the file")},
        ),
        "undo": Word("takes the last edit back"),
        "redo": Word("makes the edit again that was taken back last"),
        "history": Word(
            "goes to a state of the undo history", {"revision": Item((int,), "the state's revision")}
        ),
        "replace": Word(
            "plays another file for a stem; its settings stay",
            {"stem": Item((str, int), "name or place"), "path": Item((str,), "of the file")},
        ),
        "move_stem": Word(
            "puts a stem at another place in the list",
            {"stem": Item((int,), "its place, from 0"), "to": Item((int,), "where it goes, from 0")},
        ),
        "link": Word(
            "lets stems move together: trims and chains; not in the session file",
            {"groups": Item((list,), "of each link the names of its stems; an empty list: none")},
        ),
        "rendered": Word(
            "takes note of the state that has been rendered",
            {"revision": Item((int,), "the state's revision")},
        ),
        "save": Word("writes the session file; a second one after a refusal overwrites another program's"),
        "play": Word("plays"),
        "pause": Word("pauses"),
        "seek": Word("goes on from there", {"position_frames": _FRAME}),
        "loop": Word(
            "sets the loop; what is left out stays",
            {
                "on": Item((bool,), "whether it is in force", required=False),
                "start_frames": Item((int,), "its first frame", required=False),
                "end_frames": Item((int,), "the frame after its last", required=False),
            },
        ),
        "marker": Word(
            "sets, removes or jumps to a marker",
            {
                "action": Item((str,), "what to do", choices=("set", "remove", "jump", "next", "previous")),
                "position_frames": Item((int,), "where; left out: here", required=False),
                "name": Item((str,), "its name", required=False),
            },
        ),
        "listen": Word(
            "chooses what is heard, level-matched; delta and band at the level they have",
            {
                "source": Item(
                    (str,),
                    "what to hear",
                    choices=("processed", "dry", "reference", "residual", "delta", "band", "track", "codec"),
                ),
                "of": Item(
                    (str,),
                    "where: stems[1].chain[2], master.chain[0].bands[1]; of track, its file",
                    required=False,
                ),
                "name": Item((str,), "of track: what it is called", required=False),
                "integrated_lufs": Item(
                    (float,), "of track: its loudness, where the engine does not measure it", required=False
                ),
                "path": Item((str,), "of what a codec gave back; left out: as before", required=False),
                "difference_db": Item((float,), "the master's loudness minus its", required=False),
                "start_s": Item((float,), "where in the song it begins", required=False),
            },
        ),
        "monitor": Word(
            "sets the monitor section; what is left out stays",
            {
                "level_db": Item((float,), "monitor gain", required=False),
                "reference_db": Item((float, _NONE), "gain of the calibrated position", required=False),
                "dim": Item((bool,), "by 20 dB", required=False),
                "mono": Item((bool,), "sum to mono", required=False),
                "side": Item((bool,), "side signal only", required=False),
                "swap": Item((bool,), "left and right exchanged", required=False),
            },
        ),
        "translate": Word(
            "lets the monitor sound like another playback system",
            {"system": Item(_NAME_OR_NONE, "its name (engine.session.playback); null: plain")},
        ),
        "look": Word(
            "looks closely at a strip, the stereo image, every stem; what the last one asked for is measured",
            {
                "stem": Item((int, _NONE), "its place, from 0; −1: the master; null: at none"),
                "image": Item((bool,), "the stereo image of the master too", required=False),
                "stems": Item((bool,), "loudness and spectrum of every stem too", required=False),
            },
        ),
        "snapshot": Word(
            "stores the live session under a letter, or switches to what is stored there",
            {
                "letter": Item((str,), "of the snapshot", choices=("A", "B", "C", "D")),
                "action": Item((str,), "what to do", choices=("store", "recall")),
            },
        ),
        "target": Word(
            "chooses the deliverable whose loudness and ceiling are played",
            {"deliverable": Item(_NAME_OR_NONE, "null: the session's own drive and ceiling")},
        ),
        "version": Word("chooses the version that is played", {"version": Item((str,), "its name")}),
        "device": Word("plays through another device", {"device": Item((str,), "name or number")}),
        "reset": Word("resets the maxima and clears the overs"),
        "hand_over": Word(
            "gives control to another client, or up",
            {"client": Item((int, _NONE), "its place in the client table; null: to whoever asks")},
        ),
        "take_over": Word("takes control, from whoever has it", right=Right.USER),
        "stop": Word("ends the engine or the render", right=Right.USER),
        "ping": Word("asks for an answer", right=Right.ANYONE),
    }
)

#: From engine to client.
ANSWERS: Mapping[str, Word] = MappingProxyType(
    {
        "welcome": Word(
            "the client has been admitted",
            {"client": Item((int,), "its place"), "role": Item((str,), "granted")},
        ),
        "role": Word(
            "what the client may do has changed",
            {
                "role": Item((str,), "granted"),
                "controller": Item((int, _NONE), "place of who is in control"),
                "pid": Item((int, _NONE), "that client's process"),
            },
        ),
        "done": Word("the command has been carried out"),
        "error": Word(
            "the command has not been carried out",
            {"code": Item((str,), "stable"), "message": Item((str,), "one sentence")},
        ),
        "pong": Word("the answer to a ping"),
        "notice": Word(
            "something happened that nobody asked for",
            {"code": Item((str,), "stable"), "message": Item((str,), "one sentence")},
        ),
    }
)


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: a key of COMMANDS or ANSWERS.
        id: chosen by who sent the command; an answer repeats it; 0: not an answer to anything.
        revision: of the live session; None where none is meant.
        payload: by the word's items.
    """

    kind: str
    id: int = 0
    revision: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def encode(message: Message) -> bytes:
    """`message` as it travels. File names that are not UTF-8 survive.

    Raises:
        MessageRefused: it holds what JSON has no form for (kind `bad_payload`).
    """
    content = {
        "kind": message.kind,
        "id": message.id,
        "revision": message.revision,
        "payload": dict(message.payload),
    }
    try:
        return json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise MessageRefused(f"'{message.kind}' cannot be sent: {error}", kind="bad_payload") from error


def decode(stored: bytes) -> Message:
    """The inverse of `encode`; says nothing yet about whether the kind is known.

    Raises:
        MessageRefused: it is no message (kind `bad_message`).
    """
    try:
        content = json.loads(stored, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MessageRefused(f"not a message: {error}") from error
    if not isinstance(content, dict):
        raise MessageRefused("not a message: an object is expected")
    kind, payload = content.get("kind"), content.get("payload")
    id, revision = content.get("id"), content.get("revision")
    if not (isinstance(kind, str) and isinstance(payload, dict) and _is_integer(id)):
        raise MessageRefused("not a message: kind, id and payload are expected")
    if revision is not None and not _is_integer(revision):
        raise MessageRefused("not a message: the revision is a number or null")
    return Message(kind, id, revision, payload)


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INTEGER_LIMIT


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is no number a computer can hold")
    return value


def check(message: Message, words: Mapping[str, Word] = COMMANDS) -> Word:
    """The word of a message whose payload fits it.

    Raises:
        MessageRefused: `unknown_command`, or `bad_payload` naming the field.
    """
    word = words.get(message.kind)
    if word is None:
        raise MessageRefused(
            f"there is no command '{message.kind}': this engine may be older than its console",
            kind="unknown_command",
        )
    for name, value in message.payload.items():
        item = word.items.get(name)
        if item is None or not item.accepts(value):
            raise MessageRefused(_bad_payload_text(message.kind, name, word), kind="bad_payload")
    for name, item in word.items.items():
        if item.required and name not in message.payload:
            raise MessageRefused(f"'{message.kind}' needs '{name}': {item.help}", kind="bad_payload")
    return word


def _bad_payload_text(kind: str, name: str, word: Word) -> str:
    item = word.items.get(name)
    if item is None:
        return f"'{kind}' has no '{name}': it takes {', '.join(word.items) or 'nothing'}"
    if item.choices:
        return f"'{name}' of '{kind}' is one of {', '.join(map(str, item.choices))}"
    types = " or ".join("null" if kind_ is _NONE else kind_.__name__ for kind_ in item.types)
    return f"'{name}' of '{kind}' is of the wrong type: {types} is expected"
