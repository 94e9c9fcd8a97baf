"""The demo song, measured: format, exact sum, levels, density, spectra, voice, place and repeatability."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest
import soundfile
from numpy.typing import NDArray

from engine.demo.phones import VOWELS
from engine.demo.render import PARTS
from engine.demo.render import printed as print_part
from engine.demo.song import CHORDS, SECTIONS, Hand, chord_at, frame_at, section
from engine.demo.tone import SAMPLE_RATE
from engine.demo.vocal_score import BACKING, LEAD, Phrase
from engine.demo.voice import HOP_FRAMES, Curves, Singer, through_mouth

STEMS = ("Drums", "Bass", "Instruments", "Lead Vocal", "Backing Vocals")
Array = NDArray[np.float64]


def level_db(samples: Array) -> float:
    return float(10.0 * np.log10(np.mean(samples**2) + 1e-20))


def spectrum(samples: Array, points: int = 8192) -> tuple[Array, Array]:
    """Mean power per bin of the mid signal and the bins' frequencies."""
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    blocks = mono[: mono.size // points * points].reshape(-1, points) * np.hanning(points)
    return (np.abs(np.fft.rfft(blocks, axis=1)) ** 2).mean(axis=0), np.fft.rfftfreq(points, 1.0 / SAMPLE_RATE)


def share(samples: Array, low_hz: float, high_hz: float) -> float:
    """Part of the energy between two frequencies, 0…1."""
    power, hertz = spectrum(samples)
    return float(power[(hertz >= low_hz) & (hertz < high_hz)].sum() / power.sum())


def between(samples: Array, first_beat: float, last_beat: float) -> Array:
    return samples[frame_at(first_beat) : frame_at(last_beat)]


@pytest.fixture(scope="module")
def mix(printed_demo) -> Array:
    return printed_demo.mix.astype(np.float64)


# --- files -----------------------------------------------------------------------------------------


def test_five_stems_of_24_bits_and_one_length(printed_demo):
    files = printed_demo.files
    assert tuple(path.stem for path in files.stems) == STEMS == tuple(part.name for part in PARTS)
    infos = [soundfile.info(path) for path in files.stems]
    assert {(i.samplerate, i.channels, i.subtype) for i in infos} == {(48_000, 2, "PCM_24")}
    reference = soundfile.info(files.reference)
    assert (reference.samplerate, reference.channels, reference.subtype) == (48_000, 2, "FLOAT")
    assert {i.frames for i in infos} == {reference.frames}
    assert reference.frames >= 45 * 48_000


def test_reference_is_exactly_the_sum_of_the_stems(printed_demo):
    total = sum(stem.astype(np.int64) for stem in printed_demo.stems.values())
    np.testing.assert_array_equal(printed_demo.mix.astype(np.float64), total * 2.0**-23)


def test_all_24_bits_are_used(printed_demo):
    for name, stem in printed_demo.stems.items():
        assert np.mean(stem[frame_at(48.0) : frame_at(80.0)] & 1) > 0.3, name


# --- levels ----------------------------------------------------------------------------------------


def test_the_mix_has_headroom_and_dynamics(mix):
    peak_dbfs = 20.0 * np.log10(np.max(np.abs(mix)))
    integrated_lufs = pyloudnorm.Meter(48_000).integrated_loudness(mix)
    assert -6.0 < peak_dbfs < -3.0
    assert -20.5 < integrated_lufs < -18.0
    assert peak_dbfs - integrated_lufs > 12.0


@pytest.mark.parametrize("name", STEMS)
def test_stems_are_clean(printed_demo, name):
    stem = printed_demo.stem(name)
    assert level_db(stem) > -40.0
    assert np.max(np.abs(stem)) < 0.5
    assert np.max(np.abs(stem.mean(axis=0))) < 1e-3  # DC below −60 dBFS
    assert not stem[:2400].any()
    assert not stem[-4800:].any()
    # nothing is cut off: the last audible 100 ms have died away
    assert level_db(stem[-30_000:-25_200]) < -60.0


def test_sections_differ_in_density(mix):
    short_term_db = {s.name: level_db(between(mix, s.first_beat, s.last_beat)) for s in SECTIONS}
    order = ("intro", "verse", "verse lift", "pre-chorus")
    for sparse, dense in pairwise(order):
        assert short_term_db[dense] > short_term_db[sparse] + 0.3
    assert short_term_db["chorus"] > short_term_db["verse"] + 4.0
    assert short_term_db["break"] < short_term_db["chorus"] - 2.5
    assert short_term_db["last chorus"] > short_term_db["break"] + 2.5


def test_parts_enter_one_after_the_other(printed_demo):
    verse, lift = section("verse"), section("verse lift")
    silent_db, sounding_db = -50.0, -45.0
    lead, backing, bass = (printed_demo.stem(n) for n in ("Lead Vocal", "Backing Vocals", "Bass"))
    assert level_db(between(bass, 0.0, 3.5)) < silent_db
    assert level_db(between(lead, 0.0, 7.0)) < silent_db
    assert level_db(between(lead, verse.first_beat, verse.last_beat)) > sounding_db
    assert level_db(between(backing, 0.0, verse.last_beat - 1.0)) < silent_db
    assert level_db(between(backing, lift.first_beat, lift.last_beat)) > sounding_db


# --- spectra ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "low_hz", "high_hz", "least"),
    [
        ("Drums", 40.0, 120.0, 0.35),  # the kick
        ("Drums", 5000.0, 20_000.0, 0.015),  # hats and cymbals
        ("Bass", 30.0, 250.0, 0.60),
        ("Instruments", 150.0, 1500.0, 0.70),
        ("Lead Vocal", 200.0, 5000.0, 0.95),
        ("Backing Vocals", 150.0, 4000.0, 0.95),
    ],
)
def test_stems_are_where_they_should_be(printed_demo, name, low_hz, high_hz, least):
    assert share(printed_demo.stem(name), low_hz, high_hz) > least


def test_hats_alone_are_bright(printed_demo):
    """The intro's drums are hats and a cross-stick only."""
    assert share(between(printed_demo.stem("Drums"), 0.4, 0.9), 5000.0, 20_000.0) > 0.8


def test_the_lead_is_heard_through_the_chorus(printed_demo, mix):
    part = section("chorus")
    lead = between(printed_demo.stem("Lead Vocal"), part.first_beat, part.last_beat)
    others = between(mix, part.first_beat, part.last_beat) - lead
    power, hertz = spectrum(lead)
    rest, _ = spectrum(others)
    presence = (hertz > 700.0) & (hertz < 5000.0)
    assert 10.0 * np.log10(power[presence].sum() / rest[presence].sum()) > -3.0


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("Drums", -25.0, -8.0),
        ("Bass", -400.0, -100.0),
        ("Instruments", -15.0, -3.0),
        ("Lead Vocal", -40.0, -12.0),
        ("Backing Vocals", -12.0, 0.0),
    ],
)
def test_stereo_places(printed_demo, name, least, most):
    """Level of the side signal relative to the mid signal, dB: the bass is mono, the choir is wide."""
    stem = printed_demo.stem(name)
    middle, side = stem.sum(axis=1) / 2.0, (stem[:, 0] - stem[:, 1]) / 2.0
    assert least < 10.0 * np.log10((np.mean(side**2) + 1e-30) / np.mean(middle**2)) < most


# --- the voice -------------------------------------------------------------------------------------


@pytest.mark.parametrize("vowel", ["aa", "iy", "uw", "eh"])
def test_vowels_have_their_formants(vowel, random):
    hops = 700
    curves = Curves(
        midi=np.full(hops, 50.0),
        voiced=np.ones(hops),
        breath=np.zeros(hops),
        formants=np.tile(VOWELS[vowel], (hops, 1)),
        effort=0.5,
    )
    singer = Singer(1.0, 5.0, 0.0, 0.0, 0.0, (), 1)
    power, hertz = spectrum(through_mouth(singer, curves, random.standard_normal(hops * HOP_FRAMES)), 2048)
    for formant_hz in VOWELS[vowel]:
        near = (hertz > 0.9 * formant_hz) & (hertz < 1.1 * formant_hz)
        # F1 and F2 of a back vowel lie close: compare with the valley beside it on the open side
        beside = power[(hertz > 1.35 * formant_hz) & (hertz < 1.5 * formant_hz)]
        found_hz = hertz[near][np.argmax(power[near])]
        assert found_hz == pytest.approx(formant_hz, rel=0.07, abs=25.0)
        if vowel != "uw" and formant_hz < 2600.0:
            assert power[near].max() > 2.0 * beside.min()


def test_held_notes_bloom_into_vibrato(printed_demo):
    """The held word at the end of the second line: D4, steady at first, then swinging."""
    held = between(printed_demo.stem("Lead Vocal"), 19.75, 21.75).mean(axis=1)
    transform = np.fft.fft(held)
    hertz = np.fft.fftfreq(held.size, 1.0 / SAMPLE_RATE)
    transform[(hertz < 250.0) | (hertz > 345.0)] = 0.0
    pitch_hz = np.diff(np.unwrap(np.angle(np.fft.ifft(transform)))) * SAMPLE_RATE / (2.0 * np.pi)
    cents = 1200.0 * np.log2(pitch_hz[4800:-4800] / 293.66)
    assert abs(float(np.mean(cents))) < 25.0
    late = cents[cents.size // 2 :] - np.mean(cents[cents.size // 2 :])
    swing = np.abs(np.fft.rfft(late * np.hanning(late.size), 2**18))
    rate_hz = np.fft.rfftfreq(2**18, 1.0 / SAMPLE_RATE)[int(np.argmax(swing[10:])) + 10]
    assert 4.0 < rate_hz < 7.0
    assert 10.0 < np.std(late) * np.sqrt(2.0) < 60.0
    assert np.std(late) > 1.5 * np.std(cents[2400:9600] - np.mean(cents[2400:9600]))


def test_consonants_come_before_the_beat(printed_demo):
    """ "Stay" on the chorus' first word: hiss before the vowel, hardly any in it."""
    lead = printed_demo.stem("Lead Vocal")
    start = frame_at(47.75)
    hiss = lead[start - int(0.16 * SAMPLE_RATE) : start - int(0.07 * SAMPLE_RATE)]
    vowel = lead[start + int(0.1 * SAMPLE_RATE) : start + int(0.4 * SAMPLE_RATE)]
    assert share_of(hiss) > 0.5
    assert share_of(vowel) < 0.1


def share_of(samples: Array) -> float:
    power = np.abs(np.fft.rfft(samples.mean(axis=1) * np.hanning(len(samples)))) ** 2
    return float(power[np.fft.rfftfreq(len(samples), 1.0 / SAMPLE_RATE) > 4500.0].sum() / power.sum())


def test_the_singer_takes_a_breath(printed_demo):
    lead = printed_demo.stem("Lead Vocal")
    start = frame_at(LEAD[0].beat + LEAD[0].notes[0].beat)
    before = lead[start - int(0.48 * SAMPLE_RATE) : start - int(0.2 * SAMPLE_RATE)]
    assert -75.0 < level_db(before) < -45.0
    assert level_db(lead[: start - SAMPLE_RATE]) < -120.0


# --- the music -------------------------------------------------------------------------------------


def held_notes() -> list[tuple[float, int, set[int]]]:
    """(beat, pitch class, pitch classes of the chord) of every sung note, chord by chord, held ≥ 3/4 beat."""
    phrases: list[Phrase] = [*LEAD, *(part for parts in BACKING for part in parts)]
    found = []
    for phrase in phrases:
        for note in phrase.notes:
            start, end = phrase.beat + note.beat, phrase.beat + note.beat + note.length
            chords = {chord_at(b) for b in np.arange(start, end - 0.1, 0.25)}
            for chord in chords:
                if min(end, chord.beat + chord.length) - max(start, chord.beat) >= 0.75:
                    tones = {tone % 12 for tone in (*chord.voicing, chord.root)}
                    found.append((start, note.midi % 12, tones))
    return found


def test_held_notes_agree_with_the_harmony():
    notes = held_notes()
    assert len(notes) > 80
    for beat, pitch, tones in notes:
        rubs = {(pitch + 1) % 12, (pitch - 1) % 12} & tones
        assert pitch in tones or not rubs, f"beat {beat}"


def test_harmony_moves_and_voices_lead_smoothly():
    assert len({chord.symbol for chord in CHORDS}) >= 12
    leaps = [
        np.mean([min(abs(tone - before) for before in first.voicing) for tone in second.voicing])
        for first, second in pairwise(CHORDS)
    ]
    assert np.mean(leaps) < 2.2
    assert np.max(leaps) < 5.0


def test_hands_are_human_and_repeatable():
    first, second = Hand(5, late_ms=4.0, loose_ms=3.0), Hand(5, late_ms=4.0, loose_ms=3.0)
    beats = np.arange(0.0, 64.0, 0.5)
    late_ms = np.array([(first.frame(b) - frame_at(b)) / 48.0 for b in beats])
    assert [second.frame(b) for b in beats] == [
        frame_at(b) + round(m * 48.0) for b, m in zip(beats, late_ms, strict=True)
    ]
    assert np.max(np.abs(late_ms - 4.0)) <= 3.02
    assert 0.4 < np.std(late_ms) < 2.0
    assert np.mean(late_ms) == pytest.approx(4.0, abs=0.5)


# --- repeatability ---------------------------------------------------------------------------------


def test_a_second_performance_is_the_same(printed_demo):
    """Also after the first one in the same process: nobody wrote into a shared sound."""
    bass = next(part for part in PARTS if part.name == "Bass")
    np.testing.assert_array_equal(print_part(bass), printed_demo.stems["Bass"])


def digest_of_sounds() -> str:
    """A hash over a phrase of the lead and sounds of every kind; self-contained, as it runs elsewhere too."""
    import hashlib

    from engine.demo import drum_kit, keys
    from engine.demo.song import Hand
    from engine.demo.vocal_score import LEAD
    from engine.demo.vocals import LEAD_SINGER, lay
    from engine.demo.voice import sung

    laid = lay(LEAD[6], Hand(1), LEAD_SINGER, 0.03)
    digest = hashlib.sha256(sung([LEAD_SINGER], [laid.curves]).tobytes())
    for sound in (drum_kit.crash(0), drum_kit.snare(1), keys.electric_piano(60, True), keys.strings(64)):
        digest.update(sound.tobytes())
    return digest.hexdigest()


def test_samples_do_not_depend_on_the_processors_extensions():
    """With these numpy changes the last bits of sines, exponentials and products; the demo must not."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    code = f"{inspect.getsource(digest_of_sounds)}\nprint(digest_of_sounds())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(extensions)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == digest_of_sounds()
