"""What `preview` found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import StemlatheError
from engine.report.findings import Verdict


@dataclass(frozen=True)
class CodecTrip:
    """A master there and back through one codec.

    Attributes:
        codec: an encoding of `engine.session.encodings`.
        bitrate_kbps: nominal, or as it came out where the codec is steered by quality.
        sample_rate: at which it was encoded, Hz.
        decoded_true_peak_dbtp: None for silence.
        overs: decoded samples beyond full scale, over all channels.
        integrated_lufs: after decoding; None where there is none.
        loudness_change_lu: after decoding minus before.
        platforms: who uses it, by title.
        path: the encoded file; None where it was not to be kept.
    """

    codec: str
    bitrate_kbps: int
    sample_rate: int
    decoded_true_peak_dbtp: float | None
    overs: int
    integrated_lufs: float | None
    loudness_change_lu: float | None
    platforms: tuple[str, ...]
    path: Path | None


@dataclass(frozen=True)
class FoldBand:
    """What one octave loses in mono; None where it carries nothing."""

    low_hz: float
    high_hz: float
    change_db: float | None


@dataclass(frozen=True)
class FoldDown:
    """A stereo programme on one loudspeaker.

    Attributes:
        loudness_change_lu: of (L + R) / 2 on both sides against the stereo; None where there is none.
        bands: by octave from 31.5 Hz to 16 kHz.
        verdict: `fail`: an octave that counts loses more than 6 dB; `warn`: more than 3 dB, which is where
            the sides begin to cancel.
    """

    loudness_change_lu: float | None
    bands: tuple[FoldBand, ...]
    verdict: Verdict


@dataclass(frozen=True)
class FilePreview:
    """One master.

    Attributes:
        path: the file.
        integrated_lufs: as it is.
        true_peak_dbtp: as it is.
        codecs: every trip, in the order asked for.
        suggested_ceiling_dbtp: the highest true peak, to 0.1 dB, at which no codec passes full scale:
            found by encoding the master afresh at that level; its own true peak where none does. None
            for silence, and where no level was found.
        mono: None of a file that is not stereo.
    """

    path: Path
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    codecs: tuple[CodecTrip, ...]
    suggested_ceiling_dbtp: float | None
    mono: FoldDown | None


@dataclass(frozen=True)
class Decoded:
    """A session's master after a codec, to be listened to.

    Attributes:
        path: WAV of what was decoded, at the session's rate.
        codec: an encoding of `engine.session.encodings`.
        bitrate_kbps: nominal, or as it came out where the codec is steered by quality.
        sample_rate: at which it was encoded, Hz.
        decoded_true_peak_dbtp: None for silence.
        overs: decoded samples beyond full scale, over all channels.
        integrated_lufs: after decoding; None where there is none.
        master_true_peak_dbtp: before encoding.
        master_lufs: before encoding.
        start_s: where in the song it begins.
    """

    path: Path
    codec: str
    bitrate_kbps: int
    sample_rate: int
    decoded_true_peak_dbtp: float | None
    overs: int
    integrated_lufs: float | None
    master_true_peak_dbtp: float | None
    master_lufs: float | None
    start_s: float


@dataclass(frozen=True)
class UnusablePreview:
    """A file that could not be previewed."""

    path: Path
    error: StemlatheError

    def as_json(self) -> dict[str, object]:
        """The entry of such a file."""
        return {"path": self.path, **self.error.as_json()}


@dataclass(frozen=True)
class PreviewReport:
    """Files in the order in which they were given.

    Attributes:
        files: one entry each.
        encoders: what encoded, with versions.
    """

    files: tuple[FilePreview | UnusablePreview, ...]
    encoders: str
