"""Advice on trims, checked against full renders, and against what an engineer would do."""

from __future__ import annotations

import hashlib
import json
import math
from contextlib import ExitStack

import numpy as np
import pytest
from deliver_material import musical

from engine.advice.advise import advise, chosen_deliverable
from engine.advice.mixes import Mixes, sum_of_levels_db
from engine.advice.proposing import LIMIT_DB, Point, Proposing
from engine.advice.trims import MixModel, Search
from engine.cli.main import main
from engine.deliver.job import Job, plan_jobs
from engine.deliver.render import render
from engine.deliver.render_pass import with_drive
from engine.errors import InputError, UsageError
from engine.meters.loudness import LoudnessMeter
from engine.offline.bus import StemFiles
from engine.progress import silent
from engine.report.advise import MixFigures
from engine.session.files import load_session

RATE = 48_000
EQ = '{ type = "eq", bands = [ { shape = "high_shelf", frequency_hz = 8000.0, gain_db = 2.0 } ] }'
COMPRESSOR = '{ type = "compressor", threshold_db = -24.0, ratio = 2.0 }'
TAPE = '{ type = "saturator", drive_db = 3.0 }'
LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = DRIVE }'
STREAMING = """[[deliverables]]
name = "float"
encoding = "wav32f"

[[deliverables]]
name = "loud"
loudness_lufs = {lufs}
encoding = "wav24"
{more}
"""


def kicks(level: float, seconds: float = 6.0) -> np.ndarray:
    """Short low bursts, two a second: all peak, little loudness."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = (time * 2.0) % 1.0 / 2.0
    return np.repeat((level * np.exp(-60.0 * phase) * np.sin(2 * np.pi * 90.0 * phase))[:, None], 2, axis=1)


def advice_of(path, name=None):
    session = load_session(path)
    return advise(session, chosen_deliverable(session, name), path.parent)


def rendered(path, deliverable):
    session = load_session(path)
    jobs = plan_jobs(session, deliverables=[deliverable], versions=[], folder=None, force=True)
    return render(session, jobs).outputs[0]


def with_trims(path, trims, drive_db):
    """The session with other trims (by stem) and another drive."""
    text = path.read_text(encoding="utf-8")
    for name, trim_db in trims.items():
        text = text.replace(f'path = "{name}.wav"', f'path = "{name}.wav"\ntrim_db = {trim_db}')
    other = path.with_name("other.toml")
    other.write_text(text.replace("DRIVE", str(drive_db)), encoding="utf-8")
    return other


@pytest.fixture
def session(make_session):
    """Writes a session of a kick and two other stems; the limiter's drive is left to fill in."""

    def write(kick=0.9, lufs=-14.0, more="", chain=f"{EQ}, {COMPRESSOR}, {TAPE}, {LIMITER}", **options):
        stems = {"Kick": kicks(kick), "Pads": 0.5 * musical(6.0, seed=2), "Keys": 0.4 * musical(6.0, seed=5)}
        deliverables = STREAMING.format(lufs=lufs, more=more)
        path = make_session(stems, deliverables, master=f"chain = [ {chain} ]", **options)
        template = path.read_text(encoding="utf-8")
        path.write_text(template.replace("DRIVE", "0.0"), encoding="utf-8")
        path.with_name("template.toml").write_text(template, encoding="utf-8")
        return path

    return write


def test_figures_are_those_of_a_full_render(session):
    path = session(stem_keys=f"chain = [ {COMPRESSOR} ]\n")
    advice = advice_of(path)
    template = path.with_name("template.toml")
    now = rendered(with_trims(template, {}, advice.drive_db), "float")
    assert advice.drive_db == pytest.approx(rendered(path, "loud").drive_db, abs=0.02)
    for figures, output in [
        (advice.now, now),
        *(
            (one.figures, rendered(with_trims(template, {one.stem: 0.5}, advice.drive_db), "float"))
            for one in advice.stems
        ),
    ]:
        assert figures.integrated_lufs == pytest.approx(output.integrated_lufs, abs=0.1)
        assert figures.true_peak_dbtp == pytest.approx(output.true_peak_dbtp, abs=0.1)
        assert figures.max_gain_reduction_db == pytest.approx(output.limiter_max_gain_reduction_db, abs=0.1)
    kick = advice.stems[0]
    assert kick.limiting_share == max(one.limiting_share for one in advice.stems) > 0.6
    assert kick.max_gain_reduction_change_db == max(one.max_gain_reduction_change_db for one in advice.stems)
    assert kick.loudness_change_lu == min(one.loudness_change_lu for one in advice.stems)
    assert 0.0 < advice.now.mean_gain_reduction_db < advice.now.max_gain_reduction_db
    assert sum(share.share for share in advice.attribution) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("more", ["", "sample_rate = 44100"])
def test_mixes_side_by_side_measure_what_each_measures_alone(session, more):
    loaded = load_session(session(more=more, chain=f"{EQ}, {COMPRESSOR}, {LIMITER}"))
    job = Job(chosen_deliverable(loaded, None), "master", loaded.path)
    changes = [{"Kick": 0.5}, {}, {"Pads": -1.0, "Keys": 2.0}, {"Keys": 0.5}, {"Pads": 3.0}]
    with StemFiles(loaded) as files, ExitStack() as stack:
        mixes = Mixes(loaded, files, job, loaded.path.parent, stack, silent)
        programme = mixes.side_by_side(changes)
        settings = with_drive(mixes.work.output_settings(job, programme), 9.0)
        together = mixes.figures_side_by_side(programme, settings, "")
        alone = [mixes.figures(mixes.programme(one), settings, "")[0] for one in changes]
    assert len({one.true_peak_dbtp for one in together}) == len(changes)
    for beside, one in zip(together, alone, strict=True):
        assert beside.max_gain_reduction_db == one.max_gain_reduction_db > 1.0
        assert beside.integrated_lufs == pytest.approx(one.integrated_lufs, abs=1e-9)
        assert beside.true_peak_dbtp == pytest.approx(one.true_peak_dbtp, abs=1e-9)
        assert beside.mean_gain_reduction_db == pytest.approx(one.mean_gain_reduction_db, abs=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 31, 32, 5000])
@pytest.mark.parametrize("smallest", [0.5, 1e-12, 0.0])
def test_levels_of_gains_add_up(random, frames, smallest):
    gains = random.uniform(smallest, 1.0, frames) if smallest == 0.5 else np.full(frames, smallest)
    expected = 20.0 * np.log10(np.maximum(gains, math.ulp(0.0))).sum()
    assert sum_of_levels_db(gains) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("more", ["", "sample_rate = 44100"])
def test_the_smallest_set_of_trims_reaches_the_target(session, more):
    path = session(kick=0.6, lufs=-19.0, more=more, chain=f"{EQ}, {LIMITER}")
    advice = advice_of(path)
    assert advice.now.max_gain_reduction_db > LIMIT_DB + 0.5
    proposal = advice.proposal
    assert proposal.reaches, proposal.reason
    assert [trim.stem for trim in proposal.trims] == ["Kick"]
    [kick] = proposal.trims
    assert -3.0 <= kick.trim_db == kick.change_db < 0.0
    assert kick.change_db * 10.0 == pytest.approx(round(kick.change_db * 10.0), abs=1e-6)
    written = rendered(with_trims(path, {"Kick": kick.trim_db}, 0.0), "loud")
    assert written.holds
    assert written.limiter_max_gain_reduction_db <= LIMIT_DB + 0.02
    assert written.limiter_max_gain_reduction_db > LIMIT_DB - 0.3  # no more than is needed
    assert written.drive_db == pytest.approx(proposal.drive_db, abs=0.02)


def test_what_trims_cannot_do_is_said_with_the_best_that_was_found(session):
    advice = advice_of(session(kick=0.95, lufs=-10.0, chain=LIMITER))
    assert not advice.proposal.reaches
    assert advice.proposal.reason
    assert advice.proposal.figures.max_gain_reduction_db > LIMIT_DB
    for trim in advice.proposal.trims:
        assert abs(trim.trim_db) <= 3.0 + 1e-9


def test_where_little_is_limited_nothing_is_proposed(session):
    proposal = advice_of(session(lufs=-24.0)).proposal
    assert proposal.reaches
    assert proposal.trims == ()
    assert proposal.total_change_db == 0.0


def test_without_a_target_or_limiter_there_are_figures_only(session):
    path = session(chain=f"{EQ}, {LIMITER}")
    advice = advice_of(path, "float")
    assert (advice.deliverable, advice.target_lufs, advice.proposal) == ("float", None, None)
    assert len(advice.stems) == 3
    free = advice_of(session(chain=EQ))
    assert free.proposal is None
    assert free.ceiling_dbtp is None
    assert free.now.max_gain_reduction_db is None
    assert all(one.max_gain_reduction_change_db is None for one in free.stems)


def test_silence_and_muted_stems(make_session):
    path = make_session(
        {"A": np.zeros((RATE, 2)), "B": np.zeros((RATE, 2))}, STREAMING.format(lufs=-14, more="")
    )
    advice = advice_of(path)
    assert advice.now.integrated_lufs is None
    assert not advice.proposal.reaches
    assert [one.loudness_change_lu for one in advice.stems] == [None, None]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('path = "A.wav"', 'path = "A.wav"\nmute = true'), encoding="utf-8")
    assert [one.stem for one in advice_of(path).stems] == ["B"]
    path.write_text(text.replace('.wav"', '.wav"\nmute = true'), encoding="utf-8")
    with pytest.raises(InputError, match="every stem is muted"):
        advice_of(path)


def test_dialogue_that_is_aimed_at_decides_the_loudness(session):
    path = session(more='loudness_anchor = "dialogue"', lufs=-20.0)
    text = path.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="no stem that is heard has the role dialogue"):
        advice_of(path)
    first = text.index('role = "other"', text.index('"Keys"'))
    path.write_text(text[:first] + text[first:].replace("other", "dialogue", 1), encoding="utf-8")
    advice = advice_of(path)
    assert advice.drive_db == pytest.approx(rendered(path, "loud").drive_db, abs=0.05)
    programme = advice_of(session(lufs=-20.0))
    assert advice.drive_db > programme.drive_db + 3.0


def test_the_verb_prints_and_touches_nothing(session, capsys):
    path = session(kick=0.6, lufs=-19.0, chain=f"{EQ}, {LIMITER}")
    before = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()}
    assert main(["advise", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["deliverable"] == "loud"
    assert set(report) >= {
        "target_lufs",
        "ceiling_dbtp",
        "drive_db",
        "now",
        "stems",
        "attribution",
        "proposal",
    }
    assert report["proposal"]["trims"][0]["stem"] == "Kick"
    assert main(["advise", str(path), "--deliverable", "float"]) == 0
    assert "nothing has been changed" in capsys.readouterr().out
    assert main(["advise", str(path)]) == 0
    assert "Kick: −" in capsys.readouterr().out
    assert main(["advise", str(path), "--deliverable", "nope", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "usage"
    assert main(["advise", str(path.with_name("none.toml"))]) == 3
    assert {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()} == before


def test_an_unknown_deliverable_is_wrong_usage(session):
    with pytest.raises(UsageError, match="no deliverable 'nope'"):
        chosen_deliverable(load_session(session()), "nope")


@pytest.mark.parametrize("loud", [None, [1], [2, 0]])
def test_the_model_measures_what_the_meters_do(random, loud):
    """Any weights: loudness as the meter reads it, of all stems or of those that are aimed at; peaks as the
    samples of the whole mix have them."""
    stems = np.concatenate([musical(5.0, seed=seed) for seed in range(3)], axis=1)
    stems[: 2 * RATE] *= 0.01  # gated out
    block = np.concatenate((stems.reshape(-1, 3, 2).sum(axis=1), stems), axis=1)
    model = MixModel(3, RATE, loud)
    for start in range(0, len(block), 7001):
        model.process(block[start : start + 7001])
    model.finish()
    for changes in random.uniform(-3.0, 3.0, (4, 3)):
        weighted = stems.reshape(-1, 3, 2) * (10 ** (changes / 20))[:, None]
        meter = LoudnessMeter(RATE, 2)
        meter.process(np.ascontiguousarray(weighted[:, loud or [0, 1, 2]].sum(axis=1)))
        loudness = float(model.loudness_lufs(changes[None, :])[0])
        assert loudness == pytest.approx(meter.result().integrated_lufs, abs=0.02)
        peak_db = 20 * np.log10(np.abs(weighted.sum(axis=1)).max())
        assert peak_db - 0.3 <= float(model.peaks_db(changes[None, :])[0]) <= peak_db + 1e-9


class _Peaks:
    """Three stems of equal loudness whose peaks stand at different places."""

    stems = 3

    def crest_db(self, changes_db, power=np.inf):
        gains = 10 ** (changes_db / 20)
        peaks = np.stack((gains[:, 0] * 1.2 + gains[:, 2] * 0.1, gains[:, 1] * 1.1 + gains[:, 2] * 0.1))
        largest = peaks.max(axis=0) if np.isinf(power) else (peaks**power).mean(axis=0) ** (1 / power)
        return 20 * np.log10(largest) - 10 * np.log10((gains**2).sum(axis=1) / 3.0)


@pytest.mark.parametrize(
    ("crest_db", "stems", "reaches"), [(2.3, 0, True), (2.0, 1, True), (1.2, 2, True), (-9.0, 3, False)]
)
def test_the_search_moves_as_few_stems_as_it_can(crest_db, stems, reaches):
    model = _Peaks()
    changes, found = Search(model, [-30, -30, -30], [30, 30, 30]).run(crest_db)
    assert found is reaches
    assert np.count_nonzero(changes) == stems
    if reaches:
        assert float(model.crest_db(changes[None, :])[0]) <= crest_db
        for member in np.flatnonzero(changes):  # and none of them further than it has to
            less = changes.copy()
            less[member] -= 0.1 * np.sign(less[member])
            assert float(model.crest_db(less[None, :])[0]) > crest_db


@pytest.mark.parametrize("trims_db", [(0.0, 0.0, 0.0), (-3.0, -5.0, 2.0), (-4.0, -3.0, 5.0)])
def test_no_trim_is_proposed_further_out_than_its_role_has_it(make_session, trims_db):
    """Any other role may have 3 dB: what is there already, or beyond, goes no further."""
    path = make_session({name: 0.1 * musical(0.5, seed=n) for n, name in enumerate("ABC")}, "")
    text = path.read_text(encoding="utf-8")
    for name, trim_db in zip("ABC", trims_db, strict=True):
        text = text.replace(f'path = "{name}.wav"', f'path = "{name}.wav"\ntrim_db = {trim_db}')
    path.write_text(text, encoding="utf-8")
    model = _Peaks()

    def measured(changes_db, _label="now"):
        reduction_db = float(model.crest_db(np.asarray(changes_db)[None, :])[0]) + 6.0
        figures = MixFigures(-14.0, -1.0, reduction_db, 1.0)
        return Point(tuple(map(float, changes_db)), 0.0, figures, -14.0, solved=True)

    found = Proposing(load_session(path), model, -14.0, measured).run(measured((0.0, 0.0, 0.0)))
    assert not found.reaches, "six decibels are out of reach"
    former = dict(zip("ABC", trims_db, strict=True))
    assert found.trims
    for one in found.trims:
        assert abs(one.trim_db) <= max(3.0, abs(former[one.stem])) + 1e-9


class _RandomPeaks:
    """Three stems of random loudness that meet in a hundred random peaks."""

    stems = 3

    def __init__(self, random) -> None:
        self._peaks = random.normal(0.0, random.uniform(0.1, 1.0, 3), (100, 3))
        self._powers = random.uniform(0.1, 1.0, 3)

    def crest_db(self, changes_db, power=np.inf):
        gains = 10 ** (changes_db / 20)
        heights = np.abs(self._peaks @ gains.T)
        largest = heights.max(axis=0)
        if np.isfinite(power):
            largest = largest * np.mean((heights / largest) ** power, axis=0) ** (1.0 / power)
        return 20 * np.log10(largest) - 10 * np.log10((gains**2) @ self._powers)


@pytest.mark.parametrize("seed", range(25))
def test_no_set_within_reach_is_smaller(seed):
    """Every combination of three trims of ±0.8 dB is tried: none with fewer stems reaches as much,
    and none with as many moves less in total by more than one step of 0.1 dB."""
    random = np.random.default_rng(seed)
    model = _RandomPeaks(random)
    steps = np.stack(np.meshgrid(*[np.arange(-8, 9)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    crests = model.crest_db(steps * 0.1)
    start, lowest = float(model.crest_db(np.zeros((1, 3)))[0]), float(crests.min())
    crest_db = start - random.uniform(0.2, 0.9) * (start - lowest)
    changes, found = Search(model, [-8] * 3, [8] * 3).run(crest_db)
    assert found
    assert float(model.crest_db(changes[None, :])[0]) <= crest_db
    reaching = steps[crests <= crest_db]
    fewest = np.count_nonzero(reaching, axis=1).min()
    assert np.count_nonzero(changes) == fewest
    least = np.abs(reaching[np.count_nonzero(reaching, axis=1) == fewest]).sum(axis=1).min()
    assert np.abs(changes).sum() / 0.1 <= least + 1 + 1e-6
