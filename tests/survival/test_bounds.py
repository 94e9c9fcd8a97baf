"""What a client sends and what a file's header claims is bounded before anything is done with it."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio.source import open_source
from engine.errors import InputError
from engine.link.failures import MessageRefused
from engine.link.records import Kind, Role
from engine.processes.client import Client, attach
from engine.processes.host import Host, open_host
from engine.server import live_session
from engine.server.bounds import DEEPEST, LONGEST_TEXT, MOST_CHANGES, require_bounded
from engine.server.commands import _edit_of
from engine.server.journal import Journal
from engine.server.live_session import LiveSession
from tui.actions.every import ACTIONS
from tui.actions.keymap import load_keymap


@pytest.fixture
def host(runtime) -> Host:
    with open_host(Kind.ENGINE, Path("song.toml")) as made:
        yield made


def joined(host: Host, role: Role) -> Client:
    client = attach(host.entry.name, role, wait_s=0.0)
    host.poll()
    client.answers()
    return client


@pytest.mark.parametrize("letter", ["x", "ü", "𝄞", "\0", "\ud800"])
def test_a_long_command_is_answered_and_swallows_nobody_elses(host, letter):
    with joined(host, Role.CONTROLLER) as good, joined(host, Role.OBSERVER) as bad:
        long = letter * (
            7900 // len(json.dumps(letter, ensure_ascii=False).encode("utf-8", "surrogatepass")[1:-1])
        )
        wanted = [
            good.send("set", {"path": f"stems[{number}].trim_db", "value": 1.0}) for number in range(20)
        ]
        asked = bad.send(long)
        commands = host.poll()
        assert [command.message.id for command in commands] == wanted
        found = [message for message in bad.answers() if message.id == asked]
        assert [message.payload["code"] for message in found] == ["unknown_command"]
        host.refuse(commands[0], "bad_path", f"'{long}' is no path")
        host.notify("internal", long)
        assert [message.kind for message in good.answers()] == ["error", "notice"]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "changes",
    [
        [(("x",), 1)] * (MOST_CHANGES + 1),
        [(("title",), "x" * (LONGEST_TEXT + 1))],
        [(("title",), nested(DEEPEST + 1))],
        [(("stems", 0, "chain"), [{"type": "eq"}] * 9_000)],
        [(("a" * 500_000,), 1)],
        [(("x",) * 17, 1)],
        [(("x",), {"k" * 90_000 + str(number): 1 for number in range(5)})],
    ],
)
def test_an_edit_has_bounds(changes):
    with pytest.raises(MessageRefused) as caught:
        require_bounded(changes)
    assert caught.value.kind == "too_long"


def test_what_people_do_is_within_the_bounds():
    bands = [{"shape": "peak", "frequency_hz": 1000.0, "gain_db": 1.0, "q": 0.7}] * 8
    require_bounded([(("stems", 0, "chain"), [{"type": "eq", "bands": bands}] * 8)] * 12)
    require_bounded([(("stems", 0, "notes"), "word " * 19_000)])


@pytest.mark.parametrize(
    "content", [b"[" * 90_000, b'{"changes": [["title", ' + b"[" * 9_000, b"[]", b"null", b"\xff"]
)
def test_an_edit_file_that_cannot_be_read_is_refused(content):
    with pytest.raises(MessageRefused) as caught:
        _edit_of(content)
    assert caught.value.kind == "bad_payload"


def test_a_session_does_not_grow_without_end(own_folders, monkeypatch):
    monkeypatch.setattr(live_session, "LARGEST_TEXT", 150)
    song = own_folders / "s.toml"
    rest = 'sample_rate = 48000\n[[stems]]\nname = "A"\npath = "a.wav"\n'
    song.write_text(f'format = 1\ntitle = "{"x" * 120}"\n{rest}', encoding="utf-8")
    live = LiveSession(song, journal := Journal(song))
    with pytest.raises(MessageRefused):
        live.change([(("stems", 0, "trim_db"), 1.0)])
    assert live.session.stems[0].trim_db == 0.0
    live.change([(("title",), "short")])
    live.change([(("stems", 0, "trim_db"), 1.0)])
    assert live.session.stems[0].trim_db == 1.0
    journal.close()


def test_a_keymap_of_brackets_is_skipped(tmp_path):
    path = tmp_path / "keymap.toml"
    path.write_text("a = " + "[" * 100_000, encoding="utf-8")
    _, problems = load_keymap(ACTIONS, path)
    assert len(problems) == 1
    assert str(path) in problems[0]


# ------------------------------------------------------------------------------------ headers of audio files


def wav(path: Path, *, rate: int = 48_000, channels: int = 2, frames: int = 100) -> Path:
    data = b"\0\0" * channels * frames
    form = struct.pack("<HHIIHH", 1, channels, rate, (rate * channels * 2) & 0xFFFFFFFF, channels * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize("rate", [0, 1, 7_999, 768_001, 2_147_483_647, 4_294_967_295])
def test_an_absurd_rate_is_refused_by_whoever_opens_the_file(tmp_path, rate):
    with pytest.raises(InputError) as caught:
        open_source(wav(tmp_path / "a.wav", rate=rate))
    assert caught.value.exit_code == 3
    assert str(tmp_path / "a.wav") in caught.value.message


@pytest.mark.parametrize("rate", [8_000, 768_000])
def test_the_lowest_and_the_highest_rate_are_taken(tmp_path, rate):
    with open_source(wav(tmp_path / "a.wav", rate=rate)) as source:
        assert source.frames == 100


@pytest.mark.parametrize(("channels", "rate"), [(65, 8_000), (1024, 48_000), (64, 192_000)])
def test_more_channels_than_can_be_used_are_refused(tmp_path, channels, rate):
    with pytest.raises(InputError) as caught:
        open_source(wav(tmp_path / "a.wav", channels=channels, rate=rate))
    assert caught.value.kind == "channels"


def test_no_header_is_believed_beyond_what_the_file_can_hold(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros((200_000, 2)), 48_000)
    with open_source(path) as source:  # silence takes next to nothing, and is believed
        assert source.frames == 200_000
    content = bytearray(path.read_bytes())
    # STREAMINFO: the lower 36 bits of bytes 13 to 17 are the number of samples (RFC 9639, 8.2)
    content[8 + 13] |= 0x0F
    content[8 + 14 : 8 + 18] = b"\xff" * 4
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert caught.value.kind == "corrupt"
    assert "promises" in caught.value.message


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        *(("WAV", one) for one in ("IMA_ADPCM", "MS_ADPCM", "GSM610", "ULAW", "NMS_ADPCM_16", "G721_32")),
        *(("AU", one) for one in ("G721_32", "G723_24", "ALAW")),
        *(("OGG", one) for one in ("VORBIS", "OPUS")),
        *(("CAF", one) for one in ("ALAC_16", "PCM_24")),
        ("MP3", "MPEG_LAYER_III"),
        ("FLAC", "PCM_24"),
        ("XI", "DPCM_8"),
        ("RAW", "VOX_ADPCM"),
        ("AIFF", "DWVW_24"),
    ],
)
def test_the_densest_of_each_coding_is_believed(tmp_path, kind, subtype):
    from types import SimpleNamespace

    from engine.audio.believing import require_believable

    if not soundfile.check_format(kind, subtype):
        pytest.skip(f"this libsndfile does not write {kind} {subtype}")
    path = tmp_path / "silence"
    channels = 1 if subtype.startswith(("GSM", "G72", "NMS", "DPCM", "VOX", "DWVW")) else 2
    rate = 48_000
    soundfile.write(path, np.zeros((10 * rate, channels)), rate, subtype=subtype, format=kind)
    reader = SimpleNamespace(
        sample_rate=rate, channels=channels, frames=10 * rate, subtype=subtype, is_compressed=kind == "FLAC"
    )
    require_believable(path, reader)
