"""One album with everything in it, made once for the tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from album_material import MadeAlbum, album_text, session_text, write_music

from engine.album.make import make_album
from engine.ddp.writing.fileset import write_file
from engine.progress import Progress
from engine.session.album.files import load_album


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rendered sessions of these tests go into a folder of their own, kernels stay where they are."""
    import engine.album.renders as renders

    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renders, "cache_dir", lambda: folder)
        yield


@pytest.fixture
def plain_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFs and a preview that hold nothing: both take longer than all the sound of such an album.

    Every file is still written. What they hold is looked at in `test_papers` and `test_approval`; `made`
    has real ones.
    """

    def preview(wav: Path, path: Path, progress: Progress) -> None:
        write_file(path, b"ID3")
        progress("preview", 1, 1)

    monkeypatch.setattr("engine.papers.pdf.pdf_of", lambda document: b"%PDF-1.7\n")
    monkeypatch.setattr("engine.album.preview.write_preview", preview)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeAlbum:
    """Four tracks: 24-bit, 48 kHz faded into, a session behind a segue, mono behind a pause."""
    here = tmp_path_factory.mktemp("album")
    write_music(here / "a.wav", 6.1234, 1)
    write_music(here / "b.wav", 6.5, 2, rate=48000)
    write_music(here / "stem.wav", 5.0, 3, rate=48000, level=0.5)
    (here / "song.toml").write_text(session_text("stem.wav", "Song", 48000, drive_db=3.0))
    write_music(here / "d.wav", 5.5, 4, "PCM_16")
    tracks = [
        {"path": "a.wav", "title": "Falling Water", "fade_in_s": 0.5},
        {"path": "b.wav", "title": "Zwölf “Uhr”", "gap_s": -1.0, "artist": "A Guest"},
        {"session": "song.toml", "title": "Song", "gap_s": 0.0},
        {"path": "d.wav", "title": "Last", "gap_s": 1.5, "fade_out_s": 1.0, "fade_shape": "linear"},
    ]
    file = here / "album.toml"
    file.write_text(
        album_text(
            tracks,
            artist="The Band",
            upc="4006381333931",
            catalogue_number="CAT 001",
            genre="pop",
            isrc_first="DEA312600001",
        )
    )
    folder = here / "out"
    return MadeAlbum(folder, make_album(load_album(file), folder))
