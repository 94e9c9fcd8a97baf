"""The phase sentinel: predicted changes of the sum against measured ones, and what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.intake.check import check_session
from engine.intake.cross_spectra import CrossSpectra, CrossSpectrumMeter
from engine.intake.phase_sentinel import phase_clash, phase_finding, predicted_changes
from engine.intake.phases import phase_findings
from engine.plan.build import build_bus
from engine.session.model import Session, Stem
from engine.session.validate import session_from_tree

RATE = 48000
FRAMES = 6 * RATE

LOW_CUT = {"shape": "high_pass", "frequency_hz": 90.0}
BELL = {"frequency_hz": 400.0, "gain_db": 5.0, "q": 1.0}
LINEAR = {"type": "eq", "phase": "linear", "bands": [LOW_CUT, BELL]}
MINIMUM = {"type": "eq", "bands": [LOW_CUT, {**BELL, "frequency_hz": 2500.0, "channels": "mid"}]}
CROSSOVER = {"type": "multiband", "crossovers_hz": [200.0, 2000.0], "bands": [{"ratio": 1.0}] * 3}
OTHER_CROSSOVER = {**CROSSOVER, "crossovers_hz": [150.0, 3000.0]}
MONO_BASS = {"type": "stereo", "mono_below_hz": 150.0}


def session(chains: list[list[dict]], **stem_keys: float) -> Session:
    stems = [
        {"path": f"{name}.wav", "role": "other", "chain": chain, **stem_keys}
        for name, chain in zip("ABC", chains, strict=False)
    ]
    return session_from_tree({"sample_rate": RATE, "stems": stems}, Path("session.toml"))


@pytest.fixture(scope="module")
def shared() -> np.ndarray:
    """Three stems with energy in common, `(frames, 6)`."""
    random = np.random.default_rng(5)
    common = random.standard_normal((FRAMES, 2))
    own = random.standard_normal((3, FRAMES, 2)) * 0.3
    return np.concatenate([common + own[0], 0.8 * common + own[1], 0.3 * common + own[2]], axis=1)


def spectra_of(signal: np.ndarray) -> CrossSpectra:
    meter = CrossSpectrumMeter(signal.shape[1], RATE)
    for start in range(0, len(signal), 50_000):
        meter.process(signal[start : start + 50_000])
    meter.finish()
    return meter.result()


@pytest.fixture(scope="module")
def spectra(shared: np.ndarray) -> CrossSpectra:
    return spectra_of(shared)


def third_octaves_db(chains: list[list[dict]], signal: np.ndarray, **stem_keys: float) -> dict[float, float]:
    """Levels of the rendered sum, by mid-band frequency."""
    whole = session(chains, **stem_keys)
    plan = build_bus(whole, whole.stems).plan
    rows = -(-(len(signal) + plan.latency_frames) // 64) * 64
    matrix = np.zeros((rows, plan.columns))
    matrix[: len(signal), : 2 * len(chains)] = signal[:, : 2 * len(chains)]
    plan.start().process(matrix)
    output = matrix[plan.latency_frames :, plan.output_column : plan.output_column + 2]
    power = (np.abs(np.fft.rfft(output, axis=0)) ** 2).sum(axis=1)
    hz = np.fft.rfftfreq(len(output), 1.0 / RATE)
    levels = {}
    for number in range(-16, 14):
        low, high = (1000.0 * 10.0 ** ((2 * number + side) / 20.0) for side in (-1, 1))
        levels[round(low, 3)] = 10.0 * np.log10(power[(hz >= low) & (hz < high)].sum())
    return levels


def with_linear_phase(chain: list[dict]) -> list[dict]:
    return [{**one, "phase": "linear"} if one["type"] in ("eq", "multiband") else one for one in chain]


@pytest.mark.parametrize(
    "chains",
    [
        [[LINEAR], [MINIMUM], []],
        [[CROSSOVER], []],
        [[CROSSOVER], [OTHER_CROSSOVER], [MINIMUM]],
        [[LINEAR, OTHER_CROSSOVER], [MINIMUM, MINIMUM], [{"type": "gain", "gain_db": 6.0}, CROSSOVER]],
    ],
)
def test_predicted_and_measured_agree_within_a_fifth_of_a_db(shared, spectra, chains) -> None:
    signal = shared[:, : 2 * len(chains)]
    part = spectra if len(chains) == 3 else spectra_of(signal)
    actual = third_octaves_db(chains, signal)
    matched = third_octaves_db([with_linear_phase(chain) for chain in chains], signal)
    changes = predicted_changes(session(chains).stems, part)
    assert len(changes) >= 28
    assert max(abs(band.change_db) for band in changes) > 1.0
    for band in changes:
        measured_db = actual[round(band.low_hz, 3)] - matched[round(band.low_hz, 3)]
        assert band.change_db == pytest.approx(measured_db, abs=0.2)


def test_corrections_and_trims_count(shared, spectra) -> None:
    chains = [[LINEAR], [MINIMUM], []]
    keys = {"trim_db": -3.0, "source_gain_db": 2.0, "polarity_inverted": True}
    plain = predicted_changes(session(chains).stems, spectra)
    alike = predicted_changes(session(chains, **keys).stems, spectra)
    assert [band.change_db for band in alike] == pytest.approx([band.change_db for band in plain])
    stems = session(chains).stems
    turned = [replace(stems[0], polarity_inverted=True), *stems[1:]]
    assert not np.allclose(
        [band.change_db for band in predicted_changes(turned, spectra)],
        [band.change_db for band in plain],
        atol=1.0,
    )


def test_phase_that_all_stems_have_in_common_cancels(spectra) -> None:
    chains = [[MINIMUM, CROSSOVER]] * 3
    assert all(abs(band.change_db) < 0.06 for band in predicted_changes(session(chains).stems, spectra))
    assert phase_clash(session(chains).stems, spectra) is None


@pytest.mark.parametrize(
    "chains",
    [
        [[], [], []],
        [[MINIMUM], [], []],
        [[LINEAR], [LINEAR], []],
        [[{**LINEAR, "enabled": False}], [MINIMUM], []],
        [[{"type": "eq", "phase": "linear", "bands": []}], [MINIMUM], []],
        [[{**CROSSOVER, "phase": "linear"}], [MINIMUM], [LINEAR]][:2],
    ],
)
def test_one_phase_is_no_clash(shared, chains) -> None:
    stems = session(chains).stems
    assert phase_clash(stems, spectra_of(shared[:, : 2 * len(chains)])) is None


def test_stems_that_share_nothing_do_not_clash() -> None:
    signal = np.random.default_rng(8).standard_normal((4 * RATE, 4))
    stems = session([[CROSSOVER], [OTHER_CROSSOVER]]).stems
    assert phase_clash(stems, spectra_of(signal)) is None


def test_a_clash_names_stems_figures_and_the_matched_phase(spectra) -> None:
    clash = phase_clash(session([[LINEAR], [MINIMUM], []]).stems, spectra)
    assert clash is not None
    assert (clash.linear, clash.minimum, clash.crossovers) == (("A",), ("B",), ())
    worst = clash.changes[0]
    assert worst.change_db < -1.0
    assert worst.nominal_hz in (50.0, 63.0, 80.0, 100.0)
    assert abs(clash.left_db["linear"]) < 1e-9
    # the third stem has no low cut at all
    assert abs(clash.left_db["minimum"]) > 1.0
    finding = phase_finding(clash)
    assert (finding.severity, finding.kind, finding.stem) == ("warning", "phase", None)
    assert f"{worst.change_db:+.1f} dB at {worst.nominal_hz:g} Hz" in finding.message
    assert 'phase = "linear"' in finding.fix


def test_crossovers_without_a_linear_mode_leave_what_they_leave(spectra) -> None:
    clash = phase_clash(session([[MONO_BASS], [], []]).stems, spectra)
    assert clash is not None
    assert clash.crossovers == ("A",)
    assert clash.left_db["linear"] == pytest.approx(clash.changes[0].change_db)
    assert "to the master" in phase_finding(clash).fix


def test_silence_is_no_clash_and_no_number_is_missing() -> None:
    stems = session([[LINEAR], [MINIMUM]]).stems
    silent = spectra_of(np.zeros((RATE, 4)))
    assert predicted_changes(stems, silent) == ()
    assert phase_clash(stems, silent) is None


def test_blocks_of_any_length_measure_the_same(shared) -> None:
    signal = shared[: 2 * RATE]
    whole, cut = CrossSpectrumMeter(6, RATE), CrossSpectrumMeter(6, RATE)
    whole.process(signal)
    for start in range(0, len(signal), 997):
        cut.process(signal[start : start + 997])
    whole.finish()
    cut.finish()
    np.testing.assert_allclose(cut.result().power, whole.result().power, rtol=1e-9, atol=1e-6)


def test_the_findings_of_a_session_come_from_its_files(tmp_path: Path, shared) -> None:
    soundfile = pytest.importorskip("soundfile")
    whole = session([[LINEAR], [MINIMUM], []])
    stems: list[Stem] = []
    for index, stem in enumerate(whole.stems):
        path = tmp_path / f"{stem.name}.wav"
        soundfile.write(path, shared[:, 2 * index : 2 * index + 2] * 0.1, RATE, subtype="FLOAT")
        stems.append(replace(stem, path=path))
    on_disk = replace(whole, stems=tuple(stems))
    (finding,) = phase_findings(on_disk)
    assert "meets minimum phase (B)" in finding.message
    assert finding in check_session(on_disk).findings
    muted = replace(on_disk, stems=(stems[0], replace(stems[1], mute=True), stems[2]))
    assert phase_findings(muted) == []


@pytest.mark.parametrize("number", [1, 2, 3, 5, 40, 700, 20_000])
def test_a_tone_lies_in_the_group_of_its_frequency(number):
    """Groups are a fraction of an octave wide; the lowest hold one bin each."""
    points = 1 << 16
    frequency_hz = number * RATE / points
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(4 * points) / RATE)
    meter = CrossSpectrumMeter(1, RATE)
    meter.process(tone[:, None])
    meter.finish()
    found = meter.result()
    loudest = int(np.argmax(found.power[:, 0, 0].real))
    distance = abs(np.log2(found.frequency_hz[loudest] / frequency_hz))
    assert distance <= (1e-9 if number < 4 else 1 / 12)
