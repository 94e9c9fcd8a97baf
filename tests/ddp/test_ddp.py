"""DDP sets: what is written comes back through a reader that shares no code with the writer."""

from __future__ import annotations

import binascii
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ddp.reading.fileset import read_ddp
from engine.ddp.reading.model import DdpSet
from engine.ddp.reading.packs import crc
from engine.ddp.writing import cdtext
from engine.ddp.writing.cdtext import CdText, Texts, fitted, packs
from engine.ddp.writing.disc import Disc, TrackMarks
from engine.ddp.writing.fileset import write_fileset

EAN = "4006381333931"
SECTOR = 2352


def plain_text(titles: list[str], performers: list[str] | None = None, album: str = "Album") -> CdText:
    texts = [Texts(cdtext.TITLE, album.encode("latin-1"), tuple(one.encode("latin-1") for one in titles))]
    if performers is not None:
        each = tuple(one.encode("latin-1") for one in performers)
        texts.append(Texts(cdtext.PERFORMER, b"The Band", each))
    return CdText(tuple(texts), b"", 0, b"", (), len(titles), 9)


def small_disc(**more: object) -> Disc:
    tracks = (
        TrackMarks(0, 150, (), "DEA312600001"),
        TrackMarks(520, 600, (700, 800), "DEA312600002"),
        TrackMarks(None, 1000, (), None),
    )
    values = {
        "tracks": tracks,
        "lead_out": 1400,
        "ean": EAN,
        "master_id": "CAT 001 Album",
        "isrc_on_both": False,
        "cd_text": packs(plain_text(["One", "Two", "Three"])),
    }
    return Disc(**{**values, **more})  # type: ignore[arg-type]


def write(folder: Path, disc: Disc) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "IMAGE.DAT").open("wb") as image:
        image.truncate(disc.lead_out * SECTOR)
    write_fileset(folder, disc)
    return folder


def kinds(found: DdpSet) -> set[str]:
    return {one.kind for one in found.findings}


def test_published_packs_come_out_byte_for_byte() -> None:
    """Two packs that are printed in public descriptions of CD-Text, checksums included."""
    made = packs(plain_text(["Track One", "Tra"], album="Test Album"))
    assert made[:18] == bytes.fromhex("80000000 54657374 20416C62 756D0054 04AB".replace(" ", ""))
    assert made[18:36] == bytes.fromhex("80010101 7261636B 204F6E65 00547261 8C65".replace(" ", ""))


def test_both_checksums_of_a_pack_agree() -> None:
    assert crc(bytes(16)) == 0xFFFF
    data = bytes(range(16))
    assert crc(data) == binascii.crc_hqx(data, 0) ^ 0xFFFF


def test_records_at_their_offsets(tmp_path: Path) -> None:
    folder = write(tmp_path / "ddp", small_disc())
    ddpid = (folder / "DDPID").read_bytes()
    assert ddpid == b"DDP 2.00" + EAN.encode() + b" " * 17 + b"CAT 001 Album".ljust(48) + b" CD".ljust(42)
    ddpms = (folder / "DDPMS").read_bytes()
    assert len(ddpms) == 3 * 128
    audio = ddpms[256:]
    assert audio[:6] == b"VVVMD0"
    assert audio[14:30] == b"0000140000000000"
    assert audio[38:50] == b"DA70    0150"
    assert audio[71:91] == b"017IMAGE.DAT        "
    pq = (folder / "PQDESCR").read_bytes()
    assert len(pq) == 64 * (1 + 2 + 4 + 1 + 2)
    assert pq[:64] == b"VVVS0000  00000001  " + b" " * 12 + EAN.encode() + b" " * 19
    assert pq[64:128] == b"VVVS0100  00000001  DEA312600001" + b" " * 32
    assert pq[-64:] == pq[-128:-64] == b"VVVSAA01  00185001".ljust(64)


def test_a_set_comes_back(tmp_path: Path) -> None:
    found = read_ddp(write(tmp_path / "ddp", small_disc()))
    assert found.holds
    assert not found.findings
    assert (found.ean, found.master_id, found.lead_out, found.sectors) == (EAN, "CAT 001 Album", 1400, 1400)
    assert [(one.pause, one.start, one.indexes, one.isrc) for one in found.tracks] == [
        (0, 150, (), "DEA312600001"),
        (520, 600, (700, 800), "DEA312600002"),
        (None, 1000, (), None),
    ]
    assert [one.texts["title"] for one in found.tracks] == ["One", "Two", "Three"]
    assert {one.status for one in found.files} == {"ok"}


LETTERS = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))]


def a_text(chance: random.Random) -> bytes:
    """Up to 60 characters of ISO 8859-1, often none."""
    text = "".join(chance.choices(LETTERS, k=chance.choice((0, 1, 11, 12, 13, 30, 60))))
    return text.strip().encode("latin-1")


def a_disc(tracks: int, seed: int) -> tuple[Disc, CdText]:
    """A disc with that many tracks, everything else left to chance."""
    chance = random.Random(seed)
    frame, made = 0, []
    for number in range(tracks):
        gap = chance.randint(150, 300) if number == 0 else chance.choice((0, 0, 1, 75, 150))
        start, length = frame + gap, chance.randint(300, 320)
        indexes = chance.sample(range(start + 1, start + length), chance.choice((0, 0, 1, 4)))
        isrc = chance.choice((None, f"DEA31{number:07d}"))
        made.append(TrackMarks(frame if gap else None, start, tuple(sorted(indexes)), isrc))
        frame = start + length
    kinds = sorted(chance.sample(range(0x80, 0x86), chance.randint(0, 6)))
    texts = [Texts(kind, a_text(chance), tuple(a_text(chance) for _ in made)) for kind in kinds]
    codes = tuple((one.isrc or "").encode() for one in made)
    wanted = CdText(tuple(texts), b"CAT", chance.randint(0, 28), b"genre", (EAN.encode(), *codes), tracks, 9)
    fit = fitted(wanted).cd_text
    content = packs(fit) if chance.random() < 0.8 else b""
    ean, both = chance.choice((EAN, None)), chance.random() < 0.5
    return Disc(tuple(made), frame, ean, "A MASTER", both, content), fit


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([1, 2, 3, 7, 20, 99]), st.integers(0, 2**32))
def test_every_field_of_random_discs_comes_back(
    tmp_path_factory: pytest.TempPathFactory, tracks: int, seed: int
) -> None:
    disc, cd_text = a_disc(tracks, seed)
    folder = write(tmp_path_factory.mktemp("ddp"), disc)
    found = read_ddp(folder)
    assert found.holds, found.findings
    assert (found.ean, found.master_id, found.lead_out) == (disc.ean, disc.master_id, disc.lead_out)
    assert found.sectors == disc.lead_out == (folder / "IMAGE.DAT").stat().st_size // SECTOR
    assert [(one.pause, one.start, one.indexes, one.isrc) for one in found.tracks] == [
        (one.pause, one.start, one.indexes, one.isrc) for one in disc.tracks
    ]
    if disc.cd_text:
        assert found.texts["disc_id"] == "CAT"
        names = ("title", "performer", "songwriter", "composer", "arranger", "message")
        for texts in cd_text.texts:
            name = names[texts.type - 0x80]
            assert found.texts.get(name, "") == texts.disc.decode("latin-1")
            read = [one.texts.get(name, "") for one in found.tracks]
            assert read == [text.decode("latin-1") for text in texts.tracks]
    shutil.rmtree(folder)


def test_the_code_of_a_genre_stands_in_front_of_its_name() -> None:
    """As MMC-3 annex J has it: two bytes, the higher one first."""
    content = packs(CdText((), b"", 20, b"pop", (), 1, 9))
    assert content[:4] == b"\x87\0\0\0"
    assert content[4:16] == b"\0\x14pop".ljust(12, b"\0")
    assert packs(CdText((), b"", 0, b"", (), 1, 9))[0] == 0x8F  # no genre, no pack


def test_overflow_drops_repeated_credits_before_it_shortens() -> None:
    names = [f"The title of number {n:02d}" for n in range(1, 100)]
    made = fitted(plain_text(names, ["The Band"] * 99))
    assert len(made.dropped) == 99
    assert not made.shortened
    made = fitted(plain_text([f"{name}, somewhat longer than a disc can hold" for name in names], names))
    assert made.limit is not None
    assert len(packs(made.cd_text)) // 18 <= 256
    longer = cdtext._cut(
        plain_text([f"{name}, somewhat longer than a disc can hold" for name in names], names), made.limit + 1
    )
    with pytest.raises(ValueError, match="do not fit"):
        packs(longer)


class TestForeignSets:
    """Odd but legal sets are read and told; broken ones are told as such."""

    def patched(self, folder: Path, name: str, offset: int, content: bytes) -> Path:
        path = folder / name
        data = bytearray(path.read_bytes())
        data[offset : offset + len(content)] = content
        path.write_bytes(bytes(data))
        for sums in ("CHECKSUM.MD5", "CHECKSUM.TXT"):
            (folder / sums).unlink(missing_ok=True)
        return folder

    def test_user_text_one_byte_late(self, tmp_path: Path) -> None:
        folder = self.patched(write(tmp_path / "a", small_disc()), "DDPID", 94, b"05Hello")
        found = read_ddp(folder)
        assert any("'Hello'" in one.message and "byte 94" in one.message for one in found.findings)

    def test_user_text_where_it_belongs(self, tmp_path: Path) -> None:
        folder = self.patched(write(tmp_path / "a", small_disc()), "DDPID", 93, b"05Hello")
        assert any("'Hello'" in one.message for one in read_ddp(folder).findings)

    def test_one_lead_out(self, tmp_path: Path) -> None:
        folder = write(tmp_path / "a", small_disc())
        pq = (folder / "PQDESCR").read_bytes()[:-64]
        (folder / "PQDESCR").write_bytes(pq)
        self.patched(folder, "DDPMS", 128 + 14, f"{len(pq):08d}".encode())
        found = read_ddp(folder)
        assert found.holds
        assert "one_lead_out" in kinds(found)

    def test_blank_start_and_spaces_for_zeros(self, tmp_path: Path) -> None:
        folder = self.patched(write(tmp_path / "a", small_disc()), "DDPMS", 256 + 22, b" " * 8)
        self.patched(folder, "DDPMS", 256 + 14, b"    1400")
        self.patched(folder, "DDPMS", 256 + 46, b" 150")
        found = read_ddp(folder)
        assert found.holds
        assert {"blank_start", "spaces"} <= kinds(found)
        assert found.sectors == 1400

    @pytest.mark.parametrize(
        ("header", "rest", "kind"), [(4, b"", "cd_text_header"), (0, b"\0", "cd_text_rest")]
    )
    def test_cd_text_in_other_frames(self, tmp_path: Path, header: int, rest: bytes, kind: str) -> None:
        folder = write(tmp_path / "a", small_disc())
        content = (folder / "CDTEXT.BIN").read_bytes()
        framed = (len(content) + 2).to_bytes(2, "big") + b"\0\0" if header else b""
        (folder / "CDTEXT.BIN").write_bytes(framed + content + rest)
        length = len(framed + content + rest)
        self.patched(folder, "DDPMS", 14, f"{length:08d}".encode())
        found = read_ddp(folder)
        assert found.holds, found.findings
        assert kind in kinds(found)
        assert found.tracks[1].texts["title"] == "Two"

    def test_a_flipped_bit_in_cd_text(self, tmp_path: Path) -> None:
        folder = self.patched(write(tmp_path / "a", small_disc()), "CDTEXT.BIN", 6, b"X")
        found = read_ddp(folder)
        assert not found.holds
        assert "cd_text_crc" in kinds(found)

    def test_a_changed_image(self, tmp_path: Path) -> None:
        folder = write(tmp_path / "a", small_disc())
        with (folder / "IMAGE.DAT").open("r+b") as image:
            image.seek(12345)
            image.write(b"\1")
        found = read_ddp(folder)
        assert not found.holds
        assert {one.path.name: one.status for one in found.files}["IMAGE.DAT"] == "changed"

    def test_an_image_that_is_cut_off(self, tmp_path: Path) -> None:
        folder = write(tmp_path / "a", small_disc())
        with (folder / "IMAGE.DAT").open("r+b") as image:
            image.truncate(1000 * SECTOR + 7)
        assert "length" in kinds(read_ddp(folder))

    @pytest.mark.parametrize(
        ("offset", "content", "kind"),
        [
            (64 * 2 + 10, b"000100", "pregap"),  # track 1 after 1 s
            (64 * 4 + 10, b"000300", "pq"),  # index 01 of track 2 before its index 00
            (64 * 3 + 20, b"DE-31260000A", "isrc"),
            (64 * 3 + 20, b"DEA312600001", "isrc"),  # that of track 1
            (64 * 3 + 16, b"11", "control"),  # pre-emphasis at index 00 only
            (32, b"4006381333932", "ean"),
            (32, b" " * 13, "ean"),  # pressed without a catalogue number
        ],
    )
    def test_broken_packets(self, tmp_path: Path, offset: int, content: bytes, kind: str) -> None:
        folder = self.patched(write(tmp_path / "a", small_disc()), "PQDESCR", offset, content)
        assert kind in kinds(read_ddp(folder))

    def test_a_second_audio_stream_is_refused(self, tmp_path: Path) -> None:
        folder = write(tmp_path / "a", small_disc())
        content = (folder / "DDPMS").read_bytes()
        (folder / "DDPMS").write_bytes(content + content[256:])
        found = read_ddp(folder)
        assert not found.holds
        assert any("2 audio streams" in one.message for one in found.findings)


@pytest.mark.skipif(shutil.which("cdrskin") is None, reason="cdrskin is not installed")
class TestCdrskin:
    """libburn's reader of CD-Text; it checks no checksum in this mode."""

    def test_reads_titles_and_codes(self, tmp_path: Path) -> None:
        wanted = CdText(
            plain_text(["One", "Zwölf", "Three"], ["The Band", "Them", "The Band"]).texts,
            b"CAT 001",
            20,
            b"pop",
            (EAN.encode(), b"DEA312600001", b"DEA312600002", b""),
            3,
            9,
        )
        file = tmp_path / "CDTEXT.BIN"
        file.write_bytes(packs(wanted))
        command = ["cdrskin", f"textfile_to_v07t={file}"]
        said = subprocess.run(command, capture_output=True, check=True).stdout.decode("latin-1")
        lines = {" ".join(line.split()) for line in said.splitlines()}
        assert {
            "Album Title = Album",
            "Artist Name = The Band",
            "Genre Code = Pop Music",
            f"UPC / EAN = {EAN}",
            "Track 02 Title = Zwölf",
            "Track 02 Artist = Them",
            "ISRC 02 = DEA312600002",
        } <= lines
