"""Small sessions on disk, with music-like stems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 0.0, release_ms = 100.0 }'


@pytest.fixture
def make_session(tmp_path: Path) -> Callable[..., Path]:
    """Writes stems and a session file into a folder of its own; returns the session's path."""

    def make(
        stems: Mapping[str, np.ndarray],
        deliverables: str,
        *,
        sample_rate: int = 48_000,
        master: str = f"chain = [ {LIMITER} ]",
        stem_keys: str = "",
        subtype: str = "PCM_24",
    ) -> Path:
        text = f'format = 1\ntitle = "Süß / Song"\nsample_rate = {sample_rate}\n\n'
        for name, signal in stems.items():
            soundfile.write(tmp_path / f"{name}.wav", signal, sample_rate, subtype=subtype)
            text += f'[[stems]]\nname = "{name}"\nrole = "other"\npath = "{name}.wav"\n{stem_keys}\n'
        path = tmp_path / "song.toml"
        path.write_text(f"{text}\n[master]\n{master}\n\n{deliverables}", encoding="utf-8")
        return path

    return make
