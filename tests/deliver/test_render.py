"""Rendered files, measured with foreign tools: loudness, true peak, length, bytes."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pyloudnorm
import pytest
import soundfile
import soxr
from deliver_material import musical

from engine.cli.main import main
from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import InputError, UsageError
from engine.session.files import load_session

TARGET = """[[deliverables]]
name = "{name}"
loudness_lufs = {lufs}
ceiling_dbtp = -1.0
sample_rate = {rate}
encoding = "{encoding}"
"""
FLOAT = '[[deliverables]]\nname = "float"\nencoding = "wav32f"\n'


def _render(path, **wanted):
    session = load_session(path)
    options = {"deliverables": [], "versions": [], "folder": None, "force": False, **wanted}
    return render(session, plan_jobs(session, **options))


def _true_peak_db(path):
    audio, rate = soundfile.read(path, always_2d=True)
    factor = 768_000 // rate if rate > 48_000 else 16
    resampler = soxr.ResampleStream(rate, factor * rate, 2, dtype="float32", quality="VHQ")
    padded = np.pad(audio.astype(np.float32), ((200, 200), (0, 0)))
    peak = 0.0
    for start in range(0, len(padded), rate):  # a second at a time: 16 × stays small
        last = start + rate >= len(padded)
        peak = max(
            peak, np.abs(resampler.resample_chunk(padded[start : start + rate], last=last)).max(initial=0.0)
        )
    return 20 * np.log10(peak)


@pytest.mark.parametrize(
    ("lufs", "rate", "encoding"),
    [(-14.0, 44_100, "wav24"), (-16.0, 44_100, "flac16"), (-23.0, 48_000, "wav16"), (-9.0, 96_000, "wav24")],
)
def test_target_and_ceiling_hold_on_the_file(make_session, lufs, rate, encoding):
    stems = {"Drums": musical(32.0, seed=1), "Bass": musical(32.0, seed=2)}
    deliverable = TARGET.format(name="d", lufs=lufs, rate=rate, encoding=encoding)
    [output] = _render(make_session(stems, deliverable)).outputs
    assert output.holds, output.reasons
    audio, written_rate = soundfile.read(output.path, always_2d=True)
    assert written_rate == rate
    assert audio.shape == (32 * rate, 2)
    oracle = pyloudnorm.Meter(rate).integrated_loudness(audio)
    assert oracle == pytest.approx(lufs, abs=0.12)  # the oracle's own filter deviates by up to 0.05 LU
    assert output.integrated_lufs == pytest.approx(lufs, abs=0.05)
    assert _true_peak_db(output.path) <= -1.0 + 0.02
    assert output.sha256 == hashlib.sha256(output.path.read_bytes()).hexdigest()


def test_several_deliverables_come_from_one_pass_and_equal_single_renders(make_session, tmp_path):
    deliverables = TARGET.format(name="loud", lufs=-12.0, rate=48_000, encoding="wav24") + FLOAT
    path = make_session({"A": musical(5.0), "B": musical(4.0, seed=3)}, deliverables)
    together = _render(path, folder=tmp_path / "together")
    for output in together.outputs:
        [alone] = _render(path, deliverables=[output.deliverable], folder=tmp_path / "alone").outputs
        assert alone.sha256 == output.sha256


def test_the_untouched_float_render_is_the_sum_of_the_stems(make_session):
    stems = {"A": musical(2.0), "B": musical(1.5, seed=4)}
    [output] = _render(make_session(stems, FLOAT, master="chain = []")).outputs
    written, _ = soundfile.read(output.path, always_2d=True)
    expected = np.zeros((96_000, 2))
    for name, signal in stems.items():
        expected[: len(signal)] += soundfile.read(output.path.parents[1] / f"{name}.wav")[0]
    assert np.array_equal(written, expected.astype(np.float32))
    assert output.target_lufs is None
    assert output.limiter_max_gain_reduction_db is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("source_gain_db = -6.0\ntrim_db = 2.0", lambda x: x * 10 ** (-4 / 20)),
        ("polarity_inverted = true", lambda x: -x),
        ("offset_samples = 37.0", lambda x: np.concatenate([np.zeros((37, 2)), x[:-37]])),
        ("offset_samples = -37.0", lambda x: np.concatenate([x[37:], np.zeros((37, 2))])),
        ("mute = true", np.zeros_like),
        ("solo = true", lambda x: x),
    ],
)
def test_corrections_trim_and_mute(make_session, key, expected):
    signal = np.round(musical(1.0) * 2**23) / 2**23
    [output] = _render(make_session({"A": signal}, FLOAT, master="chain = []", stem_keys=key)).outputs
    written, _ = soundfile.read(output.path, always_2d=True)
    assert np.abs(written - expected(signal)).max() < 1e-7


def test_mono_stems_feed_both_sides_at_unity(make_session):
    signal = np.round(musical(0.5)[:, :1] * 2**23) / 2**23
    [output] = _render(make_session({"A": signal}, FLOAT, master="chain = []")).outputs
    written, _ = soundfile.read(output.path, always_2d=True)
    assert np.array_equal(written, np.repeat(signal, 2, axis=1).astype(np.float32))


def test_chain_latency_is_removed(make_session):
    signal = np.zeros((48_000, 2))
    signal[24_000] = 0.25
    [output] = _render(make_session({"A": signal}, FLOAT)).outputs
    written, _ = soundfile.read(output.path, always_2d=True)
    assert written.shape == signal.shape
    assert np.argmax(np.abs(written[:, 0])) == 24_000
    assert written[24_000, 0] == pytest.approx(0.25, abs=1e-6)


def test_heads_tails_and_fades(make_session):
    master = "chain = []\nstart_s = 0.25\nend_s = 1.75\nfade_in_s = 0.1\nfade_out_s = 0.5"
    [output] = _render(make_session({"A": np.full((96_000, 2), 0.5)}, FLOAT, master=master)).outputs
    written = soundfile.read(output.path, always_2d=True)[0][:, 0]
    assert len(written) == 72_000
    assert written[0] == 0.0
    assert written[-1] == 0.0
    assert np.all(written[4_800:48_000] == 0.5)
    assert written[48_000 + 12_000] == pytest.approx(0.25, abs=1e-3)


def test_same_session_same_bytes(make_session, tmp_path):
    path = make_session(
        {"A": musical(3.0)}, TARGET.format(name="d", lufs=-14.0, rate=44_100, encoding="wav16")
    )
    hashes = {_render(path, folder=tmp_path / str(run)).outputs[0].sha256 for run in range(2)}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("signal", "reason"),
    [(np.zeros((48_000, 2)), "no_loudness"), (musical(0.3), "no_loudness")],
    ids=["silence", "0.3 s"],
)
def test_what_has_no_loudness_says_so_and_is_written(make_session, signal, reason, capsys):
    path = make_session({"A": signal}, TARGET.format(name="d", lufs=-14.0, rate=48_000, encoding="wav24"))
    assert main(["render", str(path), "--json"]) == 1
    [output] = json.loads(capsys.readouterr().out)["outputs"]
    assert reason in output["reasons"]
    assert output["holds"] is False
    assert soundfile.info(output["path"]).frames == len(signal)


def test_a_target_out_of_reach_is_missed_with_reason_and_figure(make_session, capsys):
    clicks = np.zeros((48_000 * 4, 2))
    clicks[::24_000] = 0.9  # two impulses a second: no limiting makes them loud
    path = make_session({"A": clicks}, TARGET.format(name="d", lufs=-6.0, rate=48_000, encoding="wav24"))
    assert main(["render", str(path), "--json"]) == 1
    captured = capsys.readouterr()
    [output] = json.loads(captured.out)["outputs"]
    assert "loudness_unreachable" in output["reasons"]
    assert output["true_peak_dbtp"] <= -1.0 + 0.02
    assert output["integrated_lufs"] < -6.1


def test_without_a_limiter_the_target_is_a_static_gain_and_a_missed_ceiling_is_told(make_session):
    path = make_session(
        {"A": musical(31.0)},
        TARGET.format(name="d", lufs=-9.0, rate=48_000, encoding="wav32f"),
        master="chain = []",
    )
    [output] = _render(path).outputs
    assert output.integrated_lufs == pytest.approx(-9.0, abs=0.05)
    assert "over_ceiling" in output.reasons
    assert output.over_ceiling_db > 0.02
    source, _ = soundfile.read(path.parent / "A.wav")
    written, _ = soundfile.read(output.path)
    assert np.allclose(written, source * 10 ** (output.drive_db / 20), atol=1e-6)


def test_nothing_is_overwritten_without_force(make_session):
    path = make_session({"A": musical(0.5)}, FLOAT)
    [output] = _render(path).outputs
    before = output.path.read_bytes()
    with pytest.raises(InputError, match="already there") as caught:
        _render(path)
    assert caught.value.kind == "exists"
    assert output.path.read_bytes() == before
    assert _render(path, force=True).outputs[0].path == output.path


def test_file_names_hold_title_version_and_deliverable(make_session):
    [output] = _render(make_session({"A": musical(0.5)}, FLOAT)).outputs
    assert output.path.name == "Süß _ Song (Master) [float].wav"
    assert output.path.parent.name == "renders"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [({"deliverables": ["nope"]}, "no deliverable 'nope'"), ({"versions": ["nope"]}, "version 'nope'")],
)
def test_unknown_names_are_wrong_usage(make_session, wanted, message):
    with pytest.raises(UsageError, match=message):
        _render(make_session({"A": musical(0.5)}, FLOAT), **wanted)


def test_a_stem_of_another_rate_is_refused_and_named(make_session):
    path = make_session({"A": musical(0.5), "B": musical(0.5)}, FLOAT)
    soundfile.write(path.parent / "B.wav", musical(0.5, 44_100), 44_100)
    with pytest.raises(InputError, match=r"B\.wav: has 44100 Hz"):
        _render(path)


def test_a_stem_with_nan_ends_the_render_and_leaves_no_file(make_session):
    signal = musical(2.0)
    signal[60_000] = np.nan
    path = make_session({"A": signal}, FLOAT, subtype="FLOAT")
    with pytest.raises(InputError, match=r"A\.wav"):
        _render(path)
    assert list((path.parent / "renders").iterdir()) == []


def test_content_up_to_nyquist_still_ends_under_its_ceiling(make_session, random):
    """Interpolators disagree near Nyquist; what is delivered has to hold on the meter that is reported."""
    noise = random.uniform(-0.8, 0.8, (48_000 * 4, 2))
    master = 'chain = [ { type = "limiter", ceiling_dbtp = -1.0, drive_db = 9.0 } ]'
    deliverable = '[[deliverables]]\nname = "d"\nencoding = "wav24"\n'
    [output] = _render(make_session({"A": noise}, deliverable, master=master)).outputs
    assert output.holds, output.reasons
    assert output.ceiling_dbtp == -1.0
    assert output.drive_db == 9.0
