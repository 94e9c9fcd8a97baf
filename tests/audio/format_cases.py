"""Every format that a DAW, recorder or separator writes: who writes it here, who reads it, and how exactly.

`test_formats.py` writes each with a foreign program and compares; `docs/formats.md` is made of this list.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

RATE, FRAMES = 48_000, 24_000
#: What a file is compared with: loud noise, the worst case of every coder; tones for lossy coders.
SOURCES = ("s16", "s24", "s32", "f32", "music")

EXACT = "bit-exact"
GAPLESS = "lossy; starts in place, as long as the original"
DELAYED = "lossy; later by the coder's delay, which the file does not tell"

OWN, LIBSNDFILE, PYAV = "stemlathe", "libsndfile", "PyAV"


@dataclass(frozen=True)
class Case:
    """One format.

    Attributes:
        format: for people.
        ending: of the file name.
        source: which of `SOURCES` it is made of.
        command: program and arguments; `{in}` and `{out}` are the files, without `{out}` it is piped.
        decoder: who reads it.
        exactness: what is read, compared with the source.
    """

    format: str
    ending: str
    source: str
    command: str
    decoder: str
    exactness: str = EXACT

    @property
    def program(self) -> str:
        """Which writes it."""
        return self.command.split()[0]

    @property
    def piped(self) -> bool:
        """Whether it is written into a pipe, so that the writer cannot go back to the header."""
        return "{out}" not in self.command

    def write(self, folder: Path) -> Path:
        """Writes the file; its name is unique among all cases."""
        path = folder / f"{CASES.index(self)}.{self.ending}"
        words = [
            word.replace("{in}", str(folder / f"{self.source}.wav")).replace("{out}", str(path))
            for word in self.command.split()
        ]
        if self.piped:
            with path.open("wb") as pipe_end, subprocess.Popen(words, stdout=subprocess.PIPE) as program:
                assert program.stdout is not None
                shutil.copyfileobj(program.stdout, pipe_end)
        else:
            subprocess.run(words, check=True, capture_output=True)
        return path


def write_sources(folder: Path) -> dict[str, np.ndarray]:
    """Writes the sources as WAV and gives their samples, as stored."""
    noise = np.random.default_rng(14).uniform(-0.95, 0.95, (FRAMES, 2))
    t = np.arange(FRAMES) / RATE
    sweep = np.sin(2 * np.pi * (200 * t + 1500 * t * t))
    music = np.stack([0.5 * sweep, 0.3 * sweep + 0.1 * np.sin(2 * np.pi * 441 * t)], 1)
    subtypes = {"s16": "PCM_16", "s24": "PCM_24", "s32": "PCM_32", "f32": "FLOAT", "music": "PCM_16"}
    made = {}
    for name in SOURCES:
        path = folder / f"{name}.wav"
        samples = music if name == "music" else noise
        bits = {"s16": 16, "s24": 24, "s32": 32, "music": 16}.get(name)
        if bits is not None:  # libsndfile rounds downwards
            samples = np.round(samples * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1)
        soundfile.write(path, samples, RATE, subtype=subtypes[name])
        made[name] = soundfile.read(path, always_2d=True)[0]
    return made


def _ffmpeg(coder: str, form: str = "", more: str = "") -> str:
    return f"ffmpeg -v error -y -i {{in}} -c:a {coder} {more} {form} {{out}}"


def _piped(coder: str, form: str) -> str:
    return f"ffmpeg -v error -i {{in}} -c:a {coder} -f {form} -"


CASES: tuple[Case, ...] = (
    Case("WAV, 16 bit", "wav", "s16", _ffmpeg("pcm_s16le"), OWN),
    Case("WAV, 24 bit", "wav", "s24", _ffmpeg("pcm_s24le"), OWN),
    Case("WAV, 24 bit, extensible", "wav", "s24", "sox {in} {out}", OWN),
    Case("WAV, 32 bit", "wav", "s32", _ffmpeg("pcm_s32le"), OWN),
    Case("WAV, 32-bit float", "wav", "f32", _ffmpeg("pcm_f32le"), OWN),
    Case("WAV, 64-bit float", "wav", "f32", _ffmpeg("pcm_f64le"), OWN),
    Case("WAV, piped", "wav", "s24", _piped("pcm_s24le", "wav"), OWN),
    Case("WAV, piped", "wav", "s24", "sox {in} -t wav -", OWN),
    Case("RF64", "wav", "s24", _ffmpeg("pcm_s24le", more="-rf64 always"), OWN),
    Case("Wave64, 24 bit", "w64", "s24", _ffmpeg("pcm_s24le"), OWN),
    Case("Wave64, 24 bit", "w64", "s24", "sox {in} {out}", OWN),
    Case("Wave64, 32-bit float", "w64", "f32", _ffmpeg("pcm_f32le"), OWN),
    Case("Wave64, piped", "w64", "s24", _piped("pcm_s24le", "w64"), OWN),
    Case("AIFF, 16 bit", "aiff", "s16", _ffmpeg("pcm_s16be"), LIBSNDFILE),
    Case("AIFF, 24 bit", "aiff", "s24", _ffmpeg("pcm_s24be"), LIBSNDFILE),
    Case("AIFF, piped", "aiff", "s24", "sox {in} -t aiff -", LIBSNDFILE),
    Case("AIFF-C, little endian (sowt)", "aiff", "s16", _ffmpeg("pcm_s16le"), LIBSNDFILE),
    Case("AIFF-C, 24 bit", "aifc", "s24", "sox {in} {out}", LIBSNDFILE),
    Case("AIFF-C, 32-bit float", "aiff", "f32", _ffmpeg("pcm_f32be"), LIBSNDFILE),
    Case("CAF, 16 bit", "caf", "s16", _ffmpeg("pcm_s16le"), LIBSNDFILE),
    Case("CAF, 24 bit", "caf", "s24", _ffmpeg("pcm_s24be"), LIBSNDFILE),
    Case("CAF, 32-bit float", "caf", "f32", _ffmpeg("pcm_f32le"), LIBSNDFILE),
    Case("CAF, piped", "caf", "s24", _piped("pcm_s24le", "caf"), LIBSNDFILE),
    Case("CAF, ALAC, 16 bit", "caf", "s16", _ffmpeg("alac", more="-sample_fmt s16p"), PYAV),
    Case("CAF, ALAC, 24 bit", "caf", "s24", _ffmpeg("alac", more="-sample_fmt s32p"), PYAV),
    Case("AU, 24 bit", "au", "s24", _ffmpeg("pcm_s24be"), LIBSNDFILE),
    Case("FLAC, 16 bit", "flac", "s16", "flac -s -f {in} -o {out}", LIBSNDFILE),
    Case("FLAC, 24 bit", "flac", "s24", "flac -s -f {in} -o {out}", LIBSNDFILE),
    Case("FLAC, length unknown", "flac", "s24", _piped("flac -sample_fmt s32", "flac"), LIBSNDFILE),
    Case("FLAC in Ogg", "oga", "s24", "flac -s -f --ogg {in} -o {out}", PYAV),
    Case("FLAC in MP4", "mp4", "s16", _ffmpeg("flac", more="-strict -2"), PYAV),
    Case("FLAC in Matroska", "mka", "s16", _ffmpeg("flac"), PYAV),
    Case("PCM in QuickTime", "mov", "s24", _ffmpeg("pcm_s24le"), PYAV),
    Case("ALAC, 16 bit", "m4a", "s16", _ffmpeg("alac", more="-sample_fmt s16p"), PYAV),
    Case("ALAC, 24 bit", "m4a", "s24", _ffmpeg("alac", more="-sample_fmt s32p"), PYAV),
    Case("WavPack, 16 bit", "wv", "s16", "wavpack -q -y {in} -o {out}", PYAV),
    Case("WavPack, 24 bit", "wv", "s24", "wavpack -q -y {in} -o {out}", PYAV),
    Case("WavPack, 32-bit float", "wv", "f32", "wavpack -q -y {in} -o {out}", PYAV),
    Case("TTA, 24 bit", "tta", "s24", _ffmpeg("tta", more="-sample_fmt s32"), PYAV),
    Case("MP3", "mp3", "music", _ffmpeg("libmp3lame", more="-b:a 320k"), LIBSNDFILE, GAPLESS),
    Case("Ogg Vorbis", "ogg", "music", _ffmpeg("libvorbis", more="-q:a 8"), LIBSNDFILE, GAPLESS),
    Case("Opus", "opus", "music", _ffmpeg("libopus", more="-b:a 256k"), LIBSNDFILE, GAPLESS),
    Case("AAC in MP4", "m4a", "music", _ffmpeg("aac", more="-b:a 256k"), PYAV, GAPLESS),
    Case("AAC, bare (ADTS)", "aac", "music", _ffmpeg("aac", more="-b:a 256k"), PYAV, DELAYED),
    Case("AC-3", "ac3", "music", _ffmpeg("ac3", more="-b:a 448k"), PYAV, DELAYED),
    Case("MPEG Layer II", "mp2", "music", _ffmpeg("mp2", more="-b:a 384k"), LIBSNDFILE, DELAYED),
)

#: `flac` of 1.4 and later only; the test of it skips with an older one.
CASES += (Case("FLAC, 32 bit", "flac", "s32", "flac -s -f {in} -o {out}", PYAV),)


def table() -> str:
    """The table of `docs/formats.md`."""
    rows = [("format", "written by", "read by", "what is read"), ("---",) * 4]
    rows += [(case.format, case.program, case.decoder, case.exactness) for case in CASES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
