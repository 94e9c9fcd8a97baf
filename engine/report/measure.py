"""What `measure` found in audio files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StemlatheError
from engine.report.audio_file import AudioFile
from engine.report.plain import Level


@dataclass(frozen=True)
class FileMeasurement(AudioFile):
    """One measured programme; figures are None where they do not exist (silence, too short).

    One channel is measured as one; where the file tells no layout, five are L R C Ls Rs and six are
    L R C LFE Ls Rs.

    Attributes:
        integrated_lufs: gated loudness (ITU-R BS.1770-5).
        lra_lu: loudness range (EBU Tech 3342).
        momentary_max_lufs: largest over 400 ms.
        short_term_max_lufs: largest over 3 s.
        true_peak_dbtp: of the highest channel.
        true_peak_channels_dbtp: of each channel.
        sample_peak_dbfs: of the highest channel.
        plr_db: true peak minus integrated loudness.
        psr_min_db: the smallest difference of true peak and short-term loudness over 3 s.
        rms_dbfs: of the mean power over all channels; 1.0 RMS is 0 dBFS.
        correlation: of the first two channels, −1 to 1.
        dc_offset: of each channel, linear.
        clipped_samples: in runs of at least three at full scale − 1 LSB or above; of coding without
            integer samples at 1.0 or above.
        layout: places of the channels by which they were weighted, under the names of `dwChannelMask`; None
            for mono, stereo and numbers of channels without a usual layout.
        notes: what is wrong with the file and was mended in reading it, one clause each.
    """

    integrated_lufs: float | None
    lra_lu: float | None
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None
    true_peak_dbtp: float | None
    true_peak_channels_dbtp: tuple[float | None, ...]
    sample_peak_dbfs: float | None
    plr_db: float | None
    psr_min_db: float | None
    rms_dbfs: float | None
    correlation: float | None
    dc_offset: tuple[float | None, ...]
    clipped_samples: int
    layout: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The contract's entry; layout and notes are added where there are any."""
        entry = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {key: value for key, value in entry.items() if key not in ("layout", "notes") or value}


@dataclass(frozen=True, kw_only=True)
class FullMeasurement(FileMeasurement):
    """One measured programme with all that its file says.

    Attributes:
        sha256: of the file.
        tags: as read back; empty where it is of a kind that this program does not tag.
        step_s: between two points of the line.
        short_term_over_time_lufs: short-term loudness at the end of each step; −∞ in the first three seconds
            and in silence.
    """

    sha256: str
    tags: dict[str, str]
    step_s: float
    short_term_over_time_lufs: tuple[Level, ...]


@dataclass(frozen=True)
class Unusable:
    """A file that could not be measured.

    Attributes:
        path: the file, as it was given.
        error: why.
    """

    path: Path
    error: StemlatheError

    def as_json(self) -> dict[str, object]:
        """The contract's entry for such a file."""
        return {"path": self.path, **self.error.as_json()}


@dataclass(frozen=True)
class FullReport:
    """Files in the order in which they were given, with all that they say."""

    files: tuple[FullMeasurement | Unusable, ...]


@dataclass(frozen=True)
class MeasureReport:
    """Files in the order in which they were given."""

    files: tuple[FileMeasurement | Unusable, ...]

    @property
    def unusable(self) -> tuple[Unusable, ...]:
        """Those that could not be measured."""
        return tuple(entry for entry in self.files if isinstance(entry, Unusable))
