"""Sessions that touch every design, and what a render of them comes to in a process of its own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

_BANDS = """{ shape = "high_pass", frequency_hz = 27.3, slope_db_per_octave = 48 },
  { shape = "peak", frequency_hz = 812.5, gain_db = 2.7, q = 1.3 },
  { shape = "peak", frequency_hz = 14321.0, gain_db = -3.3, q = 4.1, channels = "mid" },
  { shape = "low_shelf", frequency_hz = 121.0, gain_db = -1.9, q = 0.61 },
  { shape = "high_shelf", frequency_hz = 9100.0, gain_db = 3.1 },
  { shape = "notch", frequency_hz = 5003.0, q = 7.7, channels = "side" },
  { shape = "tilt", frequency_hz = 1017.0, gain_db = 1.3 }"""
_COMPRESSOR = (
    "threshold_db = -31.7, ratio = 2.3, attack_ms = 7.7, release_ms = 93.0, makeup_db = 1.7, mix = 0.83"
)

#: One chain per design.
CHAINS: Mapping[str, str] = {
    "gain": '{ type = "gain", gain_db = -1.37 }',
    "eq": f'{{ type = "eq", bands = [ {_BANDS} ] }}',
    "linear-eq": f'{{ type = "eq", phase = "linear", bands = [ {_BANDS} ] }}',
    "compressor": f'{{ type = "compressor", {_COMPRESSOR}, detector = "rms", sidechain_highpass_hz = 97.0 }}',
    "multiband": (
        '{ type = "multiband", crossovers_hz = [ 117.0, 903.0, 5101.0 ], bands = [ '
        + ", ".join([f"{{ {_COMPRESSOR} }}"] * 4)
        + " ] }"
    ),
    "linear-multiband": (
        '{ type = "multiband", phase = "linear", crossovers_hz = [ 203.0, 2903.0 ], bands = [ '
        + ", ".join([f"{{ {_COMPRESSOR} }}"] * 3)
        + " ] }"
    ),
    "tape": '{ type = "saturator", drive_db = 7.3, mix = 0.7 }',
    "tube": '{ type = "saturator", character = "tube", drive_db = 5.1 }',
    "hard": '{ type = "saturator", character = "hard", drive_db = 12.0 }',
    "stereo": '{ type = "stereo", width = 1.23, mono_below_hz = 131.0 }',
    "deesser": '{ type = "deesser", frequency_hz = 6300.0, threshold_db = -41.0 }',
}

_DELIVERABLES: Mapping[str, str] = {
    "float": 'encoding = "wav32f"',
    "cd": 'encoding = "wav16"\nsample_rate = 44100\nloudness_lufs = -11.3',
    "high": 'encoding = "wav24"\nsample_rate = 96000\nloudness_lufs = -9.7\nceiling_dbtp = -0.7',
    "flac": 'encoding = "flac24"\nloudness_lufs = -16.1',
}

#: Everything at once, and versions of it.
EVERYTHING = "everything"

_RUN = """
import sys
from engine.cli.main import main
words = sys.argv[1:]
sys.exit(max(main(["render", *pair, "--json"]) for pair in zip(words[0::2], words[1::2])))
"""


def beat(frames: int, seed: int) -> np.ndarray:
    """`(frames, 2)` int32 of 24 bits: noise that dies away again and again, of whole numbers alone."""
    random = np.random.default_rng(seed)
    noise = random.integers(-(2**22), 2**22, (frames, 2), dtype=np.int64)
    noise[2:] = (noise[2:] + 3 * noise[1:-1] + 3 * noise[:-2]) // 5
    age = np.arange(frames) % (9000 + 1700 * seed)
    return (noise * (12000 - np.minimum(age, 11000))[:, None] // 12000 << 8).astype(np.int32)


def write_session(folder: Path, name: str, *, seconds: float, sample_rate: int = 48000) -> Path:
    """A session named after one of `CHAINS` or `EVERYTHING`, with two stems."""
    folder.mkdir(parents=True, exist_ok=True)
    chains = list(CHAINS.values()) if name == EVERYTHING else [CHAINS[name]]
    own, master = (chains[0::2], chains[1::2]) if name == EVERYTHING else (chains, [])
    text = f'format = 1\ntitle = "{name}"\nsample_rate = {sample_rate}\n'
    for seed, stem in enumerate(("Drums", "Voice"), 1):
        wave = beat(round(seconds * sample_rate), seed)
        soundfile.write(folder / f"{stem}.wav", wave, sample_rate, subtype="PCM_24")
        text += f'[[stems]]\nname = "{stem}"\nrole = "other"\npath = "{stem}.wav"\ntrim_db = -4.3\n'
        if seed == 2:
            text += "offset_samples = 11.37\n"
            text += f"chain = [ {', '.join(own)} ]\n"
    limiter = '{ type = "limiter", ceiling_dbtp = -1.0, release_ms = 77.0 }'
    text += f"[master]\nchain = [ {', '.join([*master, limiter])} ]\n"
    text += 'fade_in_s = 0.3\nfade_out_s = 0.4\nfade_shape = "exp"\n'
    for deliverable, keys in _DELIVERABLES.items():
        parts = '\nversions = ["master", "stems"]' if (name, deliverable) == (EVERYTHING, "flac") else ""
        text += f'[[deliverables]]\nname = "{deliverable}"\n{keys}{parts}\n'
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def render_hashes(
    sessions: Sequence[Path], environment: Mapping[str, str], out: Path, *, python: str = sys.executable
) -> dict[str, str]:
    """Renders the sessions in a new process of some Python; the hash of every file by its name."""
    words = [word for session in sessions for word in (str(session), f"--out={out / session.stem}")]
    command = [python, "-c", _RUN, *words]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    # a miss ends with 1 as well as a program that was changed beneath it and fell
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    found = {}
    for path in sorted(out.rglob("*.*")):
        if path.is_file():
            found[str(path.relative_to(out))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
