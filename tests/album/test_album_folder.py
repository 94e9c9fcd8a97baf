"""The folder of an album: complete or not there, and nobody else's work is lost in it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from album_material import album_text, session_text, write_music

from engine.album.folder import AlbumFolder
from engine.album.make import default_folder, make_album
from engine.album.renders import Renders
from engine.errors import InputError, MachineError
from engine.progress import silent
from engine.session.album.files import load_album, read_text_album

pytestmark = pytest.mark.usefixtures("plain_papers")


class TestFolder:
    """Complete or not there; what was there before stays until the new one is complete."""

    @pytest.fixture
    def here(self, tmp_path: Path) -> Path:
        write_music(tmp_path / "one.wav", 4.5, 1)
        (tmp_path / "album.toml").write_text(album_text([{"path": "one.wav"}], artist="Me & You"))
        return tmp_path

    def listing(self, here: Path) -> dict[str, bytes]:
        out = here / "out"
        return {
            path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()
        }

    def test_the_default_name_is_what_labels_ask_for(self) -> None:
        text = album_text([{"path": "one.wav"}], artist="Me / You", catalogue_number="CAT 1")
        assert default_folder(read_text_album(text, Path("/x/a.toml"))).name == "Me-_-You_Slow-Rivers_CAT-1"

    def test_nothing_is_replaced_without_force(self, here: Path) -> None:
        make_album(load_album(here / "album.toml"), here / "out")
        before = self.listing(here)
        with pytest.raises(InputError) as caught:
            make_album(load_album(here / "album.toml"), here / "out")
        assert caught.value.kind == "exists"
        assert self.listing(here) == before
        (here / "album.toml").write_text(album_text([{"path": "one.wav", "title": "New"}]))
        make_album(load_album(here / "album.toml"), here / "out", force=True)
        assert "tracks/01 New.wav" in self.listing(here)
        assert "tracks/01 one.wav" not in self.listing(here)

    def test_force_is_not_advised_where_it_would_refuse(self, here: Path) -> None:
        make_album(load_album(here / "album.toml"), here / "out")
        (here / "out" / "notes.txt").write_text("mine")
        with pytest.raises(InputError, match=r"notes\.txt.*--out") as caught:
            make_album(load_album(here / "album.toml"), here / "out")
        assert caught.value.kind == "exists"
        assert "--force" not in caught.value.message

    def test_force_never_removes_what_is_not_ours(self, here: Path) -> None:
        make_album(load_album(here / "album.toml"), here / "out")
        (here / "out" / "ddp" / "my notes.txt").write_text("mine")
        with pytest.raises(InputError, match=r"my notes\.txt") as caught:
            make_album(load_album(here / "album.toml"), here / "out", force=True)
        assert caught.value.kind == "foreign_folder"
        assert (here / "out" / "ddp" / "my notes.txt").read_text() == "mine"

    def test_a_disk_that_is_too_small_is_told_before_anything_is_rendered(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_music(tmp_path / "stem.wav", 4.5, 1)
        (tmp_path / "song.toml").write_text(session_text("stem.wav", "Song"))
        (tmp_path / "album.toml").write_text(album_text([{"session": "song.toml"}]))
        names = set(os.listdir(tmp_path))
        small = (*os.statvfs(tmp_path)[:4], 1, *os.statvfs(tmp_path)[5:])
        monkeypatch.setattr("engine.audio.disk_space.os.statvfs", lambda _: os.statvfs_result(small))
        labels: list[str] = []
        with pytest.raises(MachineError, match=r"the album needs 3\.5 MB") as caught:
            make_album(
                load_album(tmp_path / "album.toml"),
                tmp_path / "new" / "out",
                progress=lambda label, *_: labels.append(label),
            )
        assert (caught.value.kind, caught.value.path) == ("disk_full", tmp_path)
        assert labels == []
        assert set(os.listdir(tmp_path)) == names

    def test_a_cache_without_room_says_what_it_is_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_music(tmp_path / "stem.wav", 4.5, 77)
        (tmp_path / "song.toml").write_text(session_text("stem.wav", "Song"))
        (tmp_path / "album.toml").write_text(album_text([{"session": "song.toml"}]))
        cache = Renders(silent).folder
        real = os.statvfs

        def small_cache(path: os.PathLike[str]) -> os.statvfs_result:
            found = real(path)
            return os.statvfs_result((*found[:4], 1, *found[5:])) if Path(path) == cache else found

        monkeypatch.setattr("engine.audio.disk_space.os.statvfs", small_cache)
        with pytest.raises(MachineError, match=r"track 1 'song' is rendered there.*XDG_CACHE_HOME") as caught:
            make_album(load_album(tmp_path / "album.toml"), tmp_path / "out")
        assert (caught.value.kind, caught.value.path) == ("disk_full", cache)
        assert not (tmp_path / "out").exists()

    def test_what_the_system_refuses_inside_names_the_folder_that_was_asked_for(self, tmp_path: Path) -> None:
        full = errno.ENOSPC, os.strerror(errno.ENOSPC)
        with pytest.raises(MachineError) as caught, AlbumFolder(tmp_path / "out", force=False) as new:
            raise OSError(*full, os.fspath(new.working / "vinyl"))
        assert (caught.value.kind, caught.value.path) == ("disk_full", tmp_path / "out")
        with pytest.raises(OSError, match=r"other\.wav"), AlbumFolder(tmp_path / "out", force=False):
            raise OSError(*full, os.fspath(tmp_path / "other.wav"))
        assert os.listdir(tmp_path) == []

    def test_an_empty_folder_may_be_used(self, here: Path) -> None:
        (here / "out").mkdir()
        make_album(load_album(here / "album.toml"), here / "out")
        assert (here / "out" / "ddp" / "DDPID").is_file()

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 1.0])
    def test_interrupted_at_any_moment(self, here: Path, share: float) -> None:
        calls, last = 0, -1

        def progress(label: str, done: float, total: float) -> None:
            nonlocal calls
            if label == "preview":  # as often as it is waited for
                return
            calls += 1
            if calls == last:
                raise KeyboardInterrupt

        make_album(load_album(here / "album.toml"), here / "out", progress=progress)
        before, names = self.listing(here), set(os.listdir(here))
        last, calls = max(1, round(share * calls)), 0
        with pytest.raises(KeyboardInterrupt):
            make_album(load_album(here / "album.toml"), here / "out", force=True, progress=progress)
        assert set(os.listdir(here)) == names
        assert self.listing(here) == before

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 1.0])
    def test_a_disk_that_is_full_at_any_write(
        self, here: Path, share: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        genuine = os.write
        writes, last = 0, -1

        def write(descriptor: int, data: bytes) -> int:
            nonlocal writes
            writes += 1
            if writes == last:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return genuine(descriptor, data)

        monkeypatch.setattr("engine.files.os.write", write)
        make_album(load_album(here / "album.toml"), here / "out")
        before, names = self.listing(here), set(os.listdir(here))
        last, writes = max(1, round(share * writes)), 0
        with pytest.raises(MachineError) as caught:
            make_album(load_album(here / "album.toml"), here / "out", force=True)
        assert caught.value.kind == "disk_full"
        assert ".stemlathe" not in caught.value.message  # the hidden folder is nobody's business
        assert caught.value.path is not None
        assert caught.value.path.is_relative_to(here / "out")
        assert set(os.listdir(here)) == names
        assert self.listing(here) == before
