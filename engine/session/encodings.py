"""The encodings of deliverables: the one declaration that session, writers, names and help derive from.

A new encoding is an entry here and, where no writer knows its container yet, a row in
`engine.audio.sinks`. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: Rates in Hz at which every bit rate below is possible in stereo: MPEG-1 Layer III (ISO/IEC 11172-3,
#: clause 2.4.2.3; MPEG-2's lower rates end at 160 kbit/s), AAC (6144 bits per channel and frame of 1024,
#: ISO/IEC 14496-3, clause 4.5.3), Opus at its full band (RFC 6716, clause 2).
_MP3_RATES = (32000, 44100, 48000)
_AAC_RATES = (32000, 44100, 48000, 64000, 88200, 96000)
_OPUS_RATES = (48000,)
#: What libvorbis has tunings for up to its highest qualities.
_VORBIS_RATES = (32000, 44100, 48000, 88200, 96000, 176400, 192000)

#: Sample rates that `dither = "shaped"` has a curve for, Hz; its words have 16 bits.
SHAPED_RATES = (44100, 48000)


@dataclass(frozen=True)
class Encoding:
    """A way of storing a deliverable.

    Attributes:
        name: as in session files.
        container: chooses the writer: `WAV`, `AIFF`, `FLAC`, `MP3`, `M4A`, `OPUS`, `VORBIS`.
        bits: word length in which samples reach the file or the encoder; 32 is float.
        subtype: the sample coding under the name that `engine.audio.source.AudioSource` gives it.
        extension: of the file name, with the dot.
        bitrate_kbps: of a lossy coding with a nominal bit rate; None elsewhere.
        quality: of a lossy coding that is steered by quality instead, on the encoder's own scale.
        rates: sample rates that are possible, Hz; empty: any.
        needs_codecs: written with the optional package PyAV.
    """

    name: str
    container: str
    bits: int
    subtype: str
    extension: str
    bitrate_kbps: int | None = None
    quality: float | None = None
    rates: tuple[int, ...] = ()
    needs_codecs: bool = False

    @property
    def dithered(self) -> bool:
        """Whether samples become integers and are dithered."""
        return self.bits < 32

    @property
    def lossy(self) -> bool:
        """Whether what is decoded differs from what was encoded."""
        return self.bitrate_kbps is not None or self.quality is not None

    def takes_rate(self, sample_rate: int) -> bool:
        """Whether files of `sample_rate` Hz are possible."""
        return not self.rates or sample_rate in self.rates

    def bytes_per_second(self, sample_rate: int, channels: int) -> int:
        """About what a second of audio takes; lossless compression is not counted on."""
        if self.bitrate_kbps is not None:
            return self.bitrate_kbps * 125
        # quality-steered codings stay below their largest bit rate, 320 to 500 kbit/s
        return 62_500 if self.quality is not None else sample_rate * channels * self.bits // 8

    def nearest_rate(self, sample_rate: int) -> int:
        """The possible rate nearest to `sample_rate` Hz, of two the higher."""
        if self.takes_rate(sample_rate):
            return sample_rate
        return min(self.rates, key=lambda rate: (abs(rate - sample_rate), -rate))


def _lossless() -> Iterator[Encoding]:
    yield Encoding("wav16", "WAV", 16, "PCM_16", ".wav")
    yield Encoding("wav24", "WAV", 24, "PCM_24", ".wav")
    yield Encoding("wav32f", "WAV", 32, "FLOAT", ".wav")
    yield Encoding("flac16", "FLAC", 16, "PCM_16", ".flac")
    yield Encoding("flac24", "FLAC", 24, "PCM_24", ".flac")
    yield Encoding("aiff16", "AIFF", 16, "PCM_16", ".aiff")
    yield Encoding("aiff24", "AIFF", 24, "PCM_24", ".aiff")


def _lossy() -> Iterator[Encoding]:
    for kbps in (128, 160, 192, 224, 256, 320):
        yield Encoding(
            f"mp3-{kbps}", "MP3", 32, "MPEG_LAYER_III", ".mp3", kbps, rates=_MP3_RATES, needs_codecs=True
        )
    yield Encoding(
        "mp3-v0", "MP3", 32, "MPEG_LAYER_III", ".mp3", quality=0.0, rates=_MP3_RATES, needs_codecs=True
    )
    for kbps in (96, 128, 160, 192, 256, 320):
        yield Encoding(f"aac-{kbps}", "M4A", 32, "AAC", ".m4a", kbps, rates=_AAC_RATES, needs_codecs=True)
    for kbps in (64, 96, 128, 160, 192, 256, 320):
        yield Encoding(
            f"opus-{kbps}", "OPUS", 32, "OPUS", ".opus", kbps, rates=_OPUS_RATES, needs_codecs=True
        )
    yield Encoding("vorbis", "VORBIS", 32, "VORBIS", ".ogg", quality=6.0, rates=_VORBIS_RATES)
    for quality in (2, 3, 4, 5, 8, 9):
        yield Encoding(
            f"vorbis-q{quality}", "VORBIS", 32, "VORBIS", ".ogg", quality=float(quality), rates=_VORBIS_RATES
        )


#: All encodings by name, the lossless ones first.
ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {encoding.name: encoding for encoding in (*_lossless(), *_lossy())}
)


def encodings_text() -> str:
    """All names in few words, for comments and help: `wav16 … mp3-128/160/… vorbis vorbis-q2/…`."""
    families: dict[str, list[str]] = {}
    for name in ENCODINGS:
        family, dash, variant = name.partition("-")
        families.setdefault(f"{family}{dash}", []).append(variant)
    return " ".join(f"{family}{'/'.join(variants)}" for family, variants in families.items())
