"""Pages: what they say, that they stand alone, and that they are the same bytes every time."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import soundfile
from deliver_material import musical

from engine.cli.main import main
from engine.measure import measure_history
from engine.papers.document import (
    Cell,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Listing,
    Paragraph,
    Table,
    Verdict,
)
from engine.papers.html import html_of
from engine.papers.inks import DARK, LIGHT, STAND_INS
from engine.papers.measured import Measured, measured_document
from engine.papers.pdf import pdf_of
from engine.papers.pictures.causes import causes_picture
from engine.papers.pictures.residual import residual_picture
from engine.papers.typeset import Face, lines_of, width_in
from engine.papers.words import coding
from engine.report.deliver import DeliverReport
from engine.report.render import StemShare
from engine.session.encodings import ENCODINGS, Encoding

RATE = 48_000
TRICKY = "$x$ <b>&\"'</b> Ünïcödé − ∞"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Five seconds: two of silence, then music with one high peak at 3.5 s."""
    samples = np.concatenate((np.zeros((2 * RATE, 2)), 0.5 * musical(3.0)))
    samples[int(3.5 * RATE)] = 0.95
    path = tmp_path_factory.mktemp("pages") / "a <b> song.wav"
    soundfile.write(path, samples, RATE, "FLOAT")
    return Measured(*measure_history(path))


def plain_document() -> Document:
    """Every block that is no picture, and texts that are hard to set."""
    columns = (Column("name"), Column("level dB", numeric=True), Column("hash", fixed=True))
    rows = tuple((f"{TRICKY} {n}", Cell("−1.0", "good"), "0123456789abcdef" * 8) for n in range(70))
    blocks = (
        Heading("First", new_page=True),
        Paragraph("word " * 200, "warn"),
        Figures(tuple(Figure(f"Figure {n}", "−14.00", "LUFS", "target", "good") for n in range(9))),
        Table(columns, rows),
        Heading(TRICKY, 2),
        Listing("  one\n    two\n" + "x" * 400),
    )
    return Document(TRICKY, "A report", Verdict("bad", "1 of 2 fell short"), blocks, "made by a test")


def test_the_time_line_is_that_of_the_programme(measured: Measured) -> None:
    history, measurement = measured.history, measured.measurement
    assert history.duration_s == pytest.approx(5.0)
    assert history.peaks[0].at_s == pytest.approx(3.5, abs=0.011)
    assert history.peaks[0].dbtp == measurement.true_peak_dbtp
    assert max(history.momentary_high_lufs) == pytest.approx(measurement.momentary_max_lufs)
    assert max(history.short_term_lufs) == pytest.approx(measurement.short_term_max_lufs)
    assert history.range_lufs is not None
    assert history.range_lufs[1] - history.range_lufs[0] == pytest.approx(measurement.lra_lu)
    assert sum(history.momentary.shares) == pytest.approx(1.0)
    assert all(
        low <= high for low, high in zip(history.momentary_low_lufs, history.momentary_high_lufs, strict=True)
    )
    quiet = int(1.9 / history.step_s)
    assert max(history.momentary_high_lufs[:quiet]) == -np.inf


def test_a_tone_stands_in_its_band(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE)
    soundfile.write(tmp_path / "tone.wav", np.column_stack((tone, tone)), RATE, "FLOAT")
    _, history = measure_history(tmp_path / "tone.wav")
    loudest = int(np.argmax(history.band_dbfs))
    assert history.band_hz[loudest] == pytest.approx(1000.0)
    # both channels added: a sine of 0.5 has −9.03 dBFS RMS in each
    assert history.band_dbfs[loudest] == pytest.approx(-6.02, abs=0.1)


def test_a_page_needs_nothing_else(measured: Measured) -> None:
    page = html_of(measured_document([measured])).decode()
    assert "a &lt;b&gt; song.wav" in page
    assert "<b>" not in page
    assert not re.search(r'(?:src|href)="(?!#)|@import|<script|<link|url\((?!#)', page)
    assert "xmlns:" not in re.sub(r"<svg.*?>", "", page, count=1)
    # every colour of a picture is a variable, so that both themes hold
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert not [colour for colour in dataclasses.astuple(STAND_INS) if colour in page]
    assert set(re.findall(r"#[0-9a-f]{6}", drawn)) <= {"#000000", "#ffffff"}
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', page)) <= set(ids)
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        named = picture.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)
        assert ElementTree.fromstring(named).get("aria-label")


@pytest.mark.parametrize("draw", [html_of, pdf_of])
def test_pages_are_the_same_bytes_every_time(draw: object, measured: Measured) -> None:
    assert callable(draw)
    document = measured_document([measured])
    assert draw(document) == draw(document)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler's tools")
def test_paper_says_what_the_document_says(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf_of(plain_document()))
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "$x$ <b>&\"'</b> Ünïcödé − ∞ 69" in text
    assert len(re.findall(r"name +dB +hash", text)) > 1  # the table's head comes again on the next sheet
    assert re.search(r"1 ?/ ?\d", text)
    fonts = subprocess.run(
        ["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True
    ).stdout
    for line in fonts.splitlines()[2:]:
        assert "TrueType" in line
        assert line.split()[-5:-2] == ["yes", "yes", "yes"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler's tools")
def test_a_figures_words_stand_below_each_other_inside_its_box(tmp_path: Path) -> None:
    """By where poppler finds them, in points: name, value with its unit, remark."""
    figures = Figures(tuple(Figure(f"name{n}", f"−{n}.00", "LUFS", f"remark{n}") for n in range(3)))
    document = Document("Title", "", None, (Paragraph("edge"), figures), "")
    (tmp_path / "a.pdf").write_bytes(pdf_of(document))
    found = subprocess.run(
        ["pdftotext", "-bbox", tmp_path / "a.pdf", "-"], capture_output=True, check=True
    ).stdout
    words = {word.text: word.attrib for word in ElementTree.fromstring(found).iter() if "yMin" in word.attrib}
    edge = float(words["edge"]["xMin"])
    lefts = []
    for n in range(3):
        name, value, remark = (words[text] for text in (f"name{n}", f"−{n}.00", f"remark{n}"))
        lefts.append(float(name["xMin"]))
        assert float(value["xMin"]) == pytest.approx(lefts[-1], abs=0.1)
        assert float(remark["xMin"]) == pytest.approx(lefts[-1], abs=0.1)
        middles = [(float(one["yMin"]) + float(one["yMax"])) / 2.0 for one in (name, value, remark)]
        assert middles == sorted(middles)
    assert lefts[0] == pytest.approx(edge + 5.0, abs=0.5)  # boxes begin where paragraphs do
    assert lefts[1] - lefts[0] == pytest.approx(lefts[2] - lefts[1], abs=0.1)
    units = [one for one in ElementTree.fromstring(found).iter() if one.text == "LUFS"]
    for n, unit in enumerate(units):
        gap = float(unit.attrib["xMin"]) - float(words[f"−{n}.00"]["xMax"])
        assert 1.0 < gap < 5.0


@pytest.mark.parametrize("ink", ["ink", "muted", "good", "warn", "bad", "mark", "peak"])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(ink: str, theme: object) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    for ground in ("page", "raised"):
        one, other = sorted(luminance(getattr(theme, name)) for name in (ink, ground))
        assert (other + 0.05) / (one + 0.05) >= 4.5


def test_lines_are_no_wider_than_they_may_be() -> None:
    face = Face(8.0)
    text = "a few words and aVeryLongWordThatFitsIntoNoColumnAtAll of this kind"
    lines = lines_of(text, face, 1.0)
    assert all(width_in(line, face) <= 1.0 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_the_report_of_a_delivery_shows_what_is_in_it(delivered_once: DeliverReport) -> None:
    page = (delivered_once.folder / "report.html").read_text(encoding="utf-8")
    for word in (
        "Everything holds",
        "Null test",
        "Intake of the stems",
        "pyloudnorm",
        "Chain recall",
        "Voice",
    ):
        assert word in page
    for output in delivered_once.render.outputs:
        assert output.sha256 in page
    assert page.count("<svg") >= 4
    assert (delivered_once.folder / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_shares_below_nothing_are_drawn_too(delivered_once: DeliverReport) -> None:
    master = delivered_once.render.outputs[0]
    assert master.gain_reduction
    cause = dataclasses.replace(
        master.gain_reduction[0], shares=(StemShare("Drums", 1.3, 0.5), StemShare("Voice", -0.3, 0.5))
    )
    picture = causes_picture(dataclasses.replace(master, gain_reduction=(cause, cause)), ["Drums", "Voice"])
    assert picture is not None
    assert delivered_once.null is not None
    document = Document("t", "", None, (picture, residual_picture(delivered_once.null)))
    assert b"<svg" in html_of(document)


def test_measure_writes_a_page(
    measured: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = str(measured.measurement.path)
    for name, begins in (("a.html", b"<!DOCTYPE html>"), ("a.pdf", b"%PDF-")):
        assert main(["measure", song, "--report", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
    assert main(["measure", song, "--report", song]) == 2
    assert "ends in .html or .pdf" in capsys.readouterr().err
    (tmp_path / "bad.wav").write_bytes(b"no audio")
    assert main(["measure", song, str(tmp_path / "bad.wav"), "--report", str(tmp_path / "b.html")]) == 3
    assert "bad.wav could not be measured" in (tmp_path / "b.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("frames", [0, 100, RATE])
def test_silence_and_short_files_have_a_page(frames: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.zeros((frames, 1)), RATE, "PCM_16")
    document = measured_document([Measured(*measure_history(tmp_path / "s.wav"))])
    assert html_of(document).startswith(b"<!DOCTYPE")
    assert pdf_of(document).startswith(b"%PDF-")


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=lambda encoding: encoding.name)
def test_codings_are_named_as_clients_know_them(encoding: Encoding) -> None:
    assert coding(encoding.subtype) in {"16 bit", "24 bit", "32-bit float", "MP3", "AAC", "Opus", "Vorbis"}
