"""Files of foreign programs are read as `docs/formats.md` says: by whom, and how exactly."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import format_cases
import numpy as np
import pytest
from format_cases import CASES, EXACT, GAPLESS, Case

from engine.audio.codec_reader import CodecReader
from engine.audio.coded.pyav import PyAvReader
from engine.audio.source import open_source
from engine.audio.wav_reader import WavReader

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"
DECODERS = {format_cases.OWN: WavReader, format_cases.LIBSNDFILE: CodecReader, format_cases.PYAV: PyAvReader}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


@pytest.fixture(scope="module")
def sources(folder: Path) -> dict[str, np.ndarray]:
    return format_cases.write_sources(folder)


def lag_of(decoded: np.ndarray, original: np.ndarray) -> int:
    """Frames by which the decoded samples are later, by the largest correlation of their left channels."""
    size = 1 << (len(decoded) + len(original)).bit_length()
    spectrum = np.conj(np.fft.rfft(original[:, 0], size)) * np.fft.rfft(decoded[:, 0], size)
    best = int(np.argmax(np.fft.irfft(spectrum, size)))
    return best if best < size // 2 else best - size


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.format} by {case.program}")
def test_a_foreign_file_is_read_as_the_table_says(
    case: Case, folder: Path, sources: dict[str, np.ndarray]
) -> None:
    if shutil.which(case.program) is None:
        pytest.skip(f"{case.program} is not installed")
    path = case.write(folder)
    if case.format == "FLAC, 32 bit" and not path.exists():
        pytest.skip("this flac does not write 32 bits yet")
    original = sources[case.source]
    with open_source(path) as source:
        assert isinstance(source._reader, DECODERS[case.decoder])
        decoded = np.zeros((source.frames, source.channels))
        source.read_into(0, decoded)
        again = np.zeros((7_000, 2))
        source.read_into(9_001, again)  # back, and from the middle
    np.testing.assert_array_equal(again, decoded[9_001:16_001])
    assert source.sample_rate == format_cases.RATE
    if case.exactness == EXACT:
        np.testing.assert_array_equal(decoded, original)
        return
    lag = lag_of(decoded, original)
    if case.exactness == GAPLESS:
        assert (lag, len(decoded)) == (0, len(original))
    else:
        assert lag > 0
    heard = decoded[max(lag, 0) :][: len(original)]
    error = heard[2000:-2000] - original[: len(heard)][2000:-2000]
    assert np.sqrt(np.mean(error**2)) < 0.03 * np.sqrt(np.mean(original**2))


def test_the_documents_table_is_that_of_the_cases() -> None:
    """`STEMLATHE_WRITE_DOCS=1` renews it."""
    begin, end = "<!-- table: begin -->\n", "<!-- table: end -->\n"
    text = DOCS.read_text()
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    wanted = head + begin + format_cases.table() + end + tail
    if os.environ.get("STEMLATHE_WRITE_DOCS"):
        DOCS.write_text(wanted)
    assert text == wanted, "run this test with STEMLATHE_WRITE_DOCS=1 and commit docs/formats.md"
