"""What is written into a file as tags: values, independent of any container.

Nothing here comes from the clock: the same session gives the same bytes on any day.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: ReplayGain 2.0 aims at −18 LUFS, the R128 gains of Opus at −23 LUFS (RFC 7845, clause 5.2.1).
REPLAYGAIN_LUFS = -18.0
R128_LUFS = -23.0


@dataclass(frozen=True)
class Loudness:
    """Figures of a programme as measured; None where one does not exist.

    Attributes:
        integrated_lufs: integrated loudness.
        range_lu: loudness range.
        true_peak_dbtp: the largest of the channels.
        momentary_max_lufs: largest momentary loudness.
        short_term_max_lufs: largest short-term loudness.
    """

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    momentary_max_lufs: float | None = None
    short_term_max_lufs: float | None = None


@dataclass(frozen=True)
class Technical:
    """What broadcast wave files say about the sound.

    Attributes:
        sample_rate: Hz.
        bits: word length; 32 is float.
        channel_names: of each channel, `Left`, `Right`.
        time_reference: of the first frame, samples since midnight.
        coding_history: lines of EBU R 98 without line ends, the oldest first.
    """

    sample_rate: int
    bits: int
    channel_names: tuple[str, ...]
    time_reference: int = 0
    coding_history: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tags:
    """Everything a file is tagged with.

    Attributes:
        text: values by the names of `engine.tags.fields.FIELDS`; absent: not tagged.
        originator: who made the file, for `bext`; ASCII is what that holds.
        loudness: of this file.
        album_loudness: of the album it belongs to, all of it measured as one programme.
        technical: for broadcast wave files; None elsewhere.
    """

    text: dict[str, str] = field(default_factory=dict)
    originator: str | None = None
    loudness: Loudness = Loudness()
    album_loudness: Loudness | None = None
    technical: Technical | None = None


def replaygain(tags: Tags) -> dict[str, str]:
    """The ReplayGain 2.0 values by their names in capitals: gain in dB, peak linear and the true peak."""
    values: dict[str, str] = {}
    for scope, loudness in (("TRACK", tags.loudness), ("ALBUM", tags.album_loudness)):
        if loudness is None:
            continue
        if loudness.integrated_lufs is not None:
            values[f"REPLAYGAIN_{scope}_GAIN"] = f"{REPLAYGAIN_LUFS - loudness.integrated_lufs:.2f} dB"
        if loudness.true_peak_dbtp is not None:
            values[f"REPLAYGAIN_{scope}_PEAK"] = f"{10.0 ** (loudness.true_peak_dbtp / 20.0):.6f}"
    return values


def r128_gains(tags: Tags) -> dict[str, str]:
    """The gains of Opus by their names: Q7.8 fixed point without a unit (RFC 7845, clause 5.2.1)."""
    values: dict[str, str] = {}
    for scope, loudness in (("TRACK", tags.loudness), ("ALBUM", tags.album_loudness)):
        if loudness is not None and loudness.integrated_lufs is not None:
            gain = round(256.0 * (R128_LUFS - loudness.integrated_lufs))
            values[f"R128_{scope}_GAIN"] = str(min(max(gain, -32768), 32767))
    return values
