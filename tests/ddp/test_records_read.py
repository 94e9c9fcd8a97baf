"""DDPID, DDPMS and PQ packets byte by byte: what is read of a record, what each broken rule is told as."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.ddp.reading.identifier import Stream, one_stream, read_identifier, read_map, refuse_others
from engine.ddp.reading.model import Found
from engine.ddp.reading.packets import Packet, read_marks, read_packets

EAN = "4006381333931"


def told(found: Found) -> list[tuple[str, str]]:
    return [(one.severity, one.kind) for one in found.all]


def identifier(
    level: str = "DDP 2.00", ean: str = EAN, master: str = "CAT 001", kind: str = "CD", text: str = ""
) -> str:
    """DDPID: the level, the EAN from byte 8, the master from 38, the type from 87, the user text from 93."""
    return f"{level:<8}{ean:<13}{'':17}{master:<48} {kind:<2}{'':4}{text}".ljust(128)


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        (identifier(), []),
        (identifier("DDP 2.01"), []),
        (identifier("DDP 1.01"), [("error", "level")]),
        (identifier(ean=""), []),
        (identifier(ean="400638133393"), [("note", "upc"), ("error", "ean")]),
        (identifier(ean="036000291452"), [("note", "upc")]),
        (identifier(ean="4006381333932"), [("error", "ean")]),
        (identifier(ean="40063813339"), [("error", "ean")]),
        (identifier(ean="40063813339X"), [("error", "ean")]),
        (identifier(master=""), [("warning", "no_master_id")]),
        (identifier(kind="DV"), [("error", "type")]),
        (identifier(text="05Hello"), [("note", "user_text")]),
        (identifier(text=" 05Hello"), [("note", "user_text")]),
        (identifier(text="00Hello"), []),
        (identifier()[:127], [("error", "ddpid")]),
        (identifier() + " ", [("error", "ddpid")]),
    ],
)
def test_an_identifier(content: str, findings: list[tuple[str, str]]) -> None:
    found = Found()
    read = read_identifier(content.encode("latin-1"), found)
    assert told(found) == findings
    assert read.level == content[:8].strip()
    assert read.master_id == content[38:86].strip()
    assert (read.ean or "") == content[8:21].strip()


def test_the_user_text_is_as_long_as_it_says() -> None:
    for text, at in (("05HelloWorld", 93), (" 05HelloWorld", 94)):
        found = Found()
        read_identifier(identifier(text=text).encode(), found)
        assert found.all[0].message == f"DDPID carries the user text 'Hello', its length at byte {at}"


def entry(
    kind: str = "D0",
    length: str = "00001400",
    start: str = "00000000",
    what: str = "",
    mode: str = "DA",
    pause: str = "0150",
    width: str = "017",
    name: str = "IMAGE.DAT",
) -> str:
    """An entry of DDPMS: length from byte 14, start 22, what 30, mode 38, pause 46, width 71, name 74."""
    head = f"VVVM{kind:<2}{'':8}{length:<8}{start:<8}{what:<8}{mode:<2}{'':6}{pause:<4}"
    return f"{head}{'':21}{width:<3}{name:<17}".ljust(128)


IMAGE = Stream("D0", 1400, "", "DA", 150, "IMAGE.DAT")


@pytest.mark.parametrize(
    ("content", "streams", "findings"),
    [
        (entry(), [IMAGE], []),
        (entry(start=""), [IMAGE], [("note", "blank_start")]),
        (entry(length="    1400"), [IMAGE], [("note", "spaces")]),
        (
            entry(length="14OO"),
            [Stream("D0", 0, "", "DA", 150, "IMAGE.DAT")],
            [("note", "spaces"), ("error", "ddpms")],
        ),
        (entry(pause=""), [Stream("D0", 1400, "", "DA", None, "IMAGE.DAT")], []),
        (entry(width="005"), [Stream("D0", 1400, "", "DA", 150, "IMAGE")], []),
        (entry(width="", name="A" * 30), [Stream("D0", 1400, "", "DA", 150, "A" * 17)], []),
        (entry(width="099", name="A" * 30), [Stream("D0", 1400, "", "DA", 150, "A" * 17)], []),
        (
            entry("S0", "00000360", "", "CDTEXT", "", ""),
            [Stream("S0", 360, "CDTEXT", "", None, "IMAGE.DAT")],
            [],
        ),
        (entry() + "X" + entry()[1:], [IMAGE], [("error", "ddpms")]),
        (entry() + entry(), [IMAGE, IMAGE], []),
        (entry()[:100], [], [("error", "ddpms")]),
        (entry() + "VVVM", [IMAGE], [("error", "ddpms")]),
        ("", [], [("error", "ddpms")]),
    ],
)
def test_a_map(content: str, streams: list[Stream], findings: list[tuple[str, str]]) -> None:
    found = Found()
    assert read_map(content.encode("latin-1"), found) == streams
    assert told(found) == findings


def test_one_stream_of_a_kind_and_none_that_an_audio_cd_does_not_have() -> None:
    text, other = Stream("S0", 1, "CDTEXT", "", None, "t"), Stream("S0", 1, "cdtext", "", None, "u")
    for streams, first, findings in (
        ([IMAGE, text], text, []),
        ([IMAGE], None, []),
        ([IMAGE, text, other], text, [("error", "streams")]),
    ):
        found = Found()
        assert one_stream(streams, "S0", "CDTEXT", found) == first
        assert told(found) == findings
    for stream, is_known in (
        *((IMAGE, True), (text, True), (other, True), (Stream("S0", 1, "PQ DESCR", "", None, "p"), True)),
        *(
            (Stream("S1", 1, "CDTEXT", "", None, "p"), False),
            (Stream("D0", 1, "CDTEXT", "DA", None, "p"), False),
        ),
        *((Stream("S0", 1, "", "", None, "p"), False), (Stream("D0", 1, "", "D1", None, "p"), False)),
    ):
        found = Found()
        refuse_others([stream], found)
        assert (told(found) == []) is is_known, stream


def pq(
    track: str,
    index: int = 1,
    time: str = "00000200",
    control: str = "01",
    isrc: str = "",
    ean: str = "",
    text: str = "",
) -> str:
    """A packet: track, index, time as hhmmssff, control, then ISRC from byte 20, EAN 32, text 45."""
    return f"VVVS{track}{index:02d}{time}{control}  {isrc:<12}{ean:<13}{text:<19}"


@pytest.mark.parametrize(
    ("content", "packets", "findings"),
    [
        (pq("01"), [Packet("01", 1, 150, "01", "", "")], []),
        (pq("02", 3, "01020374"), [Packet("02", 3, ((60 + 2) * 60 + 3) * 75 + 74, "01", "", "")], []),
        (pq("01", time="00005974"), [Packet("01", 1, 59 * 75 + 74, "01", "", "")], []),
        (pq("01", time="00006000"), [], [("error", "pq")]),
        (pq("01", time="00000075"), [], [("error", "pq")]),
        (pq("01", time="0000 2 0"), [Packet("01", 1, 150, "01", "", "")], []),
        (pq("01", time="0000x200"), [], [("error", "pq")]),
        ("X" + pq("01")[1:], [], [("error", "pq")]),
        (pq("01", isrc="DEA312600001", ean=EAN), [Packet("01", 1, 150, "01", "DEA312600001", EAN)], []),
        (pq("01", text="hello"), [Packet("01", 1, 150, "01", "", "")], [("note", "pq_text")]),
        (pq("01") + "VVVS", [Packet("01", 1, 150, "01", "", "")], [("error", "pq")]),
    ],
)
def test_packets(content: str, packets: list[Packet], findings: list[tuple[str, str]]) -> None:
    found = Found()
    assert read_packets(content.encode("latin-1"), found) == packets
    assert told(found) == findings


def mark(track: str, index: int, frame: int, control: str = "01", isrc: str = "") -> Packet:
    return Packet(track, index, frame, control, isrc, EAN if track == "00" else "")


LEAD_IN, OUT = mark("00", 0, 0), mark("AA", 1, 2000)
ONE = [mark("01", 0, 0), mark("01", 1, 150)]
TWO = [mark("02", 1, 900)]


@pytest.mark.parametrize(
    ("packets", "findings"),
    [
        ([LEAD_IN, *ONE, *TWO, OUT, OUT], []),
        ([*ONE, *TWO, OUT, OUT], [("error", "pq")]),
        ([LEAD_IN, *ONE, *TWO], [("error", "pq")]),
        ([LEAD_IN, *ONE, *TWO, OUT], [("note", "one_lead_out")]),
        ([LEAD_IN, *ONE, *TWO, OUT, mark("AA", 1, 2001)], [("error", "pq")]),
        ([LEAD_IN, *ONE, mark("03", 1, 900), OUT, OUT], [("error", "pq")]),
        ([LEAD_IN, *ONE, *TWO, *TWO, OUT, OUT], [("error", "pq")]),
        ([LEAD_IN, *ONE, mark("02", 0, 900), OUT, OUT], [("error", "pq")]),
        ([LEAD_IN, *ONE, *TWO, mark("02", 2, 1000), mark("02", 3, 1100), OUT, OUT], []),
        ([LEAD_IN, *ONE, *TWO, mark("02", 3, 1100), OUT, OUT], [("error", "pq")]),
        ([LEAD_IN, *ONE, mark("02", 1, 900), mark("02", 2, 1000, "21"), OUT, OUT], [("error", "control")]),
        ([LEAD_IN, mark("01", 1, 150), *TWO, OUT, OUT], [("error", "pregap")]),
        ([LEAD_IN, ONE[0], mark("01", 1, 149), *TWO, OUT, OUT], [("error", "pregap")]),
        ([LEAD_IN, *ONE, mark("02", 0, 900), mark("02", 1, 900), OUT, OUT], [("error", "pq")]),
        ([LEAD_IN, *ONE, mark("02", 0, 899), mark("02", 1, 900), OUT, OUT], []),
    ],
)
def test_the_rules_of_marks(packets: Sequence[Packet], findings: list[tuple[str, str]]) -> None:
    found = Found()
    read_marks(packets, found)
    assert told(found) == findings


@pytest.mark.parametrize(
    ("control", "findings"),
    [
        *(("01", []), ("21", []), ("0S", [("note", "scms")]), ("11", [("warning", "pre_emphasis")])),
        *(
            ("31", [("warning", "pre_emphasis")]),
            ("41", [("warning", "control")]),
            ("02", [("warning", "control")]),
        ),
        ("3S", [("warning", "pre_emphasis"), ("note", "scms")]),
    ],
)
def test_flags_of_a_track(control: str, findings: list[tuple[str, str]]) -> None:
    found = Found()
    marks = read_marks([LEAD_IN, *ONE, mark("02", 1, 900, control), OUT, OUT], found)
    assert told(found) == findings
    assert marks.tracks[1].control == control
    assert (marks.ean, marks.lead_out, marks.tracks[0].pause, marks.tracks[1].start) == (EAN, 2000, 0, 900)


@pytest.mark.parametrize(
    ("first", "second", "findings"),
    [
        ("DEA312600001", "", []),
        ("DEA312600001", "DEA312600001", []),
        ("DEA312600001", "DEA312600002", [("error", "isrc")]),
        ("DEA31260000", "", [("error", "isrc")]),
        ("dea312600001", "", [("error", "isrc")]),
        ("DE-A31-26-000", "", [("error", "isrc")]),
    ],
)
def test_a_track_has_one_code(first: str, second: str, findings: list[tuple[str, str]]) -> None:
    found = Found()
    tracks = [mark("02", 1, 900, isrc=first), mark("02", 2, 1000, isrc=second)]
    read = read_marks([LEAD_IN, *ONE, *tracks, OUT, OUT], found)
    assert told(found) == findings
    assert read.tracks[1].isrc == first


LONGEST = 78 * 60 * 75 + 150


@pytest.mark.parametrize(
    ("second", "lead_out", "findings"),
    [
        (450, 2000, []),
        (449, 2000, [("error", "short_track")]),
        (900, 1200, []),
        (900, 1199, [("error", "short_track")]),
        (900, LONGEST, []),
        (900, LONGEST + 1, [("warning", "long_disc")]),
    ],
)
def test_tracks_have_four_seconds_and_discs_78_minutes(
    second: int, lead_out: int, findings: list[tuple[str, str]]
) -> None:
    found = Found()
    out = mark("AA", 1, lead_out)
    read_marks([LEAD_IN, *ONE, mark("02", 1, second), out, out], found)
    assert told(found) == findings


def test_no_two_tracks_share_a_code() -> None:
    code = "DEA312600001"
    for tracks, findings in (
        ([mark("02", 1, 900, isrc=code), mark("03", 1, 1500, isrc=code)], [("error", "isrc")]),
        ([mark("02", 1, 900, isrc=code), mark("03", 1, 1500)], []),
        ([mark("02", 1, 900), mark("03", 1, 1500)], []),
    ):
        found = Found()
        read_marks([LEAD_IN, *ONE, *tracks, OUT, OUT], found)
        assert told(found) == findings
