"""Reads DDPID and DDPMS: which disc this is and which files make it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.ddp.reading.model import Found, is_number

_RECORD = 128
_LEVELS = ("DDP 2.00", "DDP 2.01")


@dataclass(frozen=True)
class Identifier:
    """What DDPID says."""

    level: str
    ean: str | None
    master_id: str


@dataclass(frozen=True)
class Stream:
    """One entry of the map.

    Attributes:
        kind: `D0`, `S0`, …
        length: as written: sectors of audio, bytes of anything else.
        what: `CDTEXT`, `PQ DESCR` or empty.
        mode: of audio, `DA`.
        pause: sectors of track 1's pause; None: blank.
        name: of the file.
    """

    kind: str
    length: int
    what: str
    mode: str
    pause: int | None
    name: str


def read_identifier(content: bytes, found: Found) -> Identifier:
    """Reads DDPID."""
    if len(content) != _RECORD:
        found.error("ddpid", f"DDPID has {len(content)} bytes instead of {_RECORD}", "write the set again")
    text = content.ljust(_RECORD).decode("latin-1")
    level = text[0:8].strip()
    if level not in _LEVELS:
        found.error("level", f"DDPID says '{level}', not DDP 2.00", "export the set as DDP 2.00")
    kind = text[87:89]
    if kind != "CD":
        found.error("type", f"DDPID is of type '{kind.strip()}', not CD", "export an audio CD")
    master_id = text[38:86].strip()
    if not master_id:
        found.warning("no_master_id", "the master has no identifier", "name it: catalogue number and title")
    _look_for_user_text(text, found)
    return Identifier(level, _ean(text[8:21].strip(), found), master_id)


def _look_for_user_text(text: str, found: Found) -> None:
    """Makers disagree by one byte about where the user text begins; both are read."""
    for offset in (93, 94):
        length = text[offset : offset + 2].strip()
        if is_number(length) and int(length):
            begin = offset + 2
            said = text[begin : begin + int(length)].strip()
            found.note("user_text", f"DDPID carries the user text '{said}', its length at byte {offset}")
            return


def _ean(digits: str, found: Found) -> str | None:
    if not digits:
        return None
    if not is_number(digits) or len(digits) not in (12, 13):
        found.error("ean", f"DDPID names the EAN '{digits}', which is none", "correct it")
        return digits
    if len(digits) == 12:
        found.note("upc", f"DDPID names a 12-digit UPC, {digits}; the disc will say 0{digits}")
    check_ean(digits, "DDPID", found)
    return digits


def check_ean(digits: str, where: str, found: Found) -> None:
    """Complains about a check digit that is not the one that the others make."""
    padded = digits.rjust(13, "0")
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(padded[:12]))
    if int(padded[12]) != -weighted % 10:
        right = -weighted % 10
        found.error(
            "ean", f"{where} names the EAN {digits}: its check digit should be {right}", "correct the digits"
        )


def read_map(content: bytes, found: Found) -> list[Stream]:
    """Reads DDPMS; entries that are none are left out."""
    if not content or len(content) % _RECORD:
        found.error(
            "ddpms", f"DDPMS has {len(content)} bytes, no multiple of {_RECORD}", "write the set again"
        )
    streams = []
    for begin in range(0, len(content) - _RECORD + 1, _RECORD):
        text = content[begin : begin + _RECORD].decode("latin-1")
        if text[0:4] != "VVVM":
            found.error(
                "ddpms",
                f"entry {begin // _RECORD + 1} of DDPMS does not begin with VVVM",
                "write the set again",
            )
            continue
        streams.append(_stream(text, found))
    return streams


def _stream(text: str, found: Found) -> Stream:
    kind, what = text[4:6], text[30:38].strip()
    label = what or kind
    if kind == "D0" and not text[22:30].strip():
        found.note("blank_start", "the audio stream's start (DSS) is blank, which means 0")
    length = _number(text[14:22], f"the length of {label}", found)
    _number(text[22:30], f"the start of {label}", found)
    pause = text[46:50].strip()
    width = _number(text[71:74], f"the width of the name of {label}", found) or 17
    return Stream(
        kind=kind,
        length=length,
        what=what,
        mode=text[38:40].strip(),
        pause=int(pause) if is_number(pause) else None,
        name=text[74 : 74 + min(width, 17)].strip(),
    )


def _number(text: str, what: str, found: Found) -> int:
    digits = text.strip()
    if digits and text != text.replace(" ", "0"):
        found.note("spaces", f"{what} is padded with spaces instead of zeros")
    if not digits:
        return 0
    if not is_number(digits):
        found.error("ddpms", f"{what} is '{digits}', not a number", "write the set again")
        return 0
    return int(digits)


def one_stream(streams: Sequence[Stream], kind: str, what: str, found: Found) -> Stream | None:
    """The only stream of a kind; several are an error."""
    matching = [one for one in streams if one.kind == kind and one.what.upper() == what]
    if len(matching) > 1:
        label = what or "audio"
        found.error(
            "streams",
            f"the map has {len(matching)} {label} streams",
            "merge them into one: plants expect one",
        )
    return matching[0] if matching else None


def refuse_others(streams: Sequence[Stream], found: Found) -> None:
    """Complains about streams that an audio CD does not have."""
    for one in streams:
        known = (one.kind == "D0" and not one.what) or (
            one.kind == "S0" and one.what.upper() in ("CDTEXT", "PQ DESCR")
        )
        if not known:
            found.error(
                "streams",
                f"the map has a stream {one.kind} {one.what or one.mode} ({one.name}) that is not read here",
                "check that this is an audio CD",
            )
        elif one.kind == "D0" and one.mode != "DA":
            found.error("streams", f"the audio stream is of mode '{one.mode}', not DA", "export an audio CD")
