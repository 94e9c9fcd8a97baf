"""Encodings are what their names say, to the bit, and at rates that their formats have."""

from __future__ import annotations

import re

import pytest

from engine.session.encodings import ENCODINGS, Encoding, encodings_text

LOSSLESS = [one for one in ENCODINGS.values() if not one.lossy]
LOSSY = [one for one in ENCODINGS.values() if one.lossy]
#: Of each family: container, ending.
FAMILIES = {
    "wav": ("WAV", ".wav"),
    "flac": ("FLAC", ".flac"),
    "aiff": ("AIFF", ".aiff"),
    "mp3": ("MP3", ".mp3"),
    "aac": ("M4A", ".m4a"),
    "opus": ("OPUS", ".opus"),
    "vorbis": ("VORBIS", ".ogg"),
}


def parts(encoding: Encoding) -> tuple[str, str]:
    """Its family, and what makes it one of them: `wav` and `24`, `mp3` and `320`."""
    found = re.fullmatch(r"(wav|flac|aiff|mp3|aac|opus|vorbis)-?(.*)", encoding.name)
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize("encoding", LOSSLESS, ids=lambda one: one.name)
def test_a_lossless_one_has_the_bits_of_its_name(encoding: Encoding) -> None:
    family, variant = parts(encoding)
    bits = int(variant.removesuffix("f"))
    is_float = variant.endswith("f")
    assert (encoding.container, encoding.extension) == FAMILIES[family]
    assert (encoding.bits, encoding.subtype) == (bits, "FLOAT" if is_float else f"PCM_{bits}")
    assert encoding.dithered is not is_float
    assert encoding.bytes_per_second(48_000, 2) == 48_000 * 2 * bits // 8
    assert encoding.bytes_per_second(44_100, 1) == 44_100 * bits // 8
    assert not encoding.needs_codecs
    assert encoding.nearest_rate(12_345) == 12_345


@pytest.mark.parametrize("encoding", LOSSY, ids=lambda one: one.name)
def test_a_lossy_one_has_the_bit_rate_or_quality_of_its_name(encoding: Encoding) -> None:
    family, variant = parts(encoding)
    assert (encoding.container, encoding.extension) == FAMILIES[family]
    assert not encoding.dithered
    assert encoding.needs_codecs is (family != "vorbis")
    if variant.isdecimal():
        assert (encoding.bitrate_kbps, encoding.quality) == (int(variant), None)
        assert encoding.bytes_per_second(96_000, 2) == int(variant) * 1000 // 8
    else:
        quality = float(variant.lstrip("vq") or 6.0)
        assert (encoding.bitrate_kbps, encoding.quality) == (None, quality)
        # no less room than the largest bit rate of either takes
        assert encoding.bytes_per_second(48_000, 2) >= 500_000 // 8
    assert encoding.takes_rate(48_000)
    assert not encoding.takes_rate(352_800)
    assert encoding.nearest_rate(352_800) == max(encoding.rates)


def test_the_nearest_rate_of_two_is_the_higher() -> None:
    made = Encoding("x", "MP3", 32, "X", ".x", 128, rates=(32_000, 44_100, 48_000))
    found = [
        made.nearest_rate(rate) for rate in (8_000, 38_000, 38_050, 38_100, 46_049, 46_050, 96_000, 48_000)
    ]
    assert found == [32_000, 32_000, 44_100, 44_100, 44_100, 48_000, 48_000, 48_000]


def test_all_names_in_few_words() -> None:
    text = encodings_text()
    assert text.startswith(
        "wav16 wav24 wav32f flac16 flac24 aiff16 aiff24 mp3-128/160/192/224/256/320/v0 aac-96/"
    )
    assert text.endswith(" vorbis vorbis-q2/q3/q4/q5/q8/q9")
    # every one of them, and nothing else
    names = [
        f"{family}{variant}"
        for word in text.split()
        for family, variants in [word.partition("-")[::2] if "-" in word else (word, "")]
        for variant in ([f"-{one}" for one in variants.split("/")] if variants else [""])
    ]
    assert names == list(ENCODINGS)
