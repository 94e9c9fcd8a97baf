"""The levels of tracks, kept in relation or each at the target, by the figures of the written files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from album_material import RATE, album_text, kinds, make, session_text, write_music

pytestmark = pytest.mark.usefixtures("plain_papers")


class TestLevels:
    """Keep and target, by the figures of the written files."""

    def test_keep_moves_all_by_the_same(self, tmp_path: Path) -> None:
        write_music(tmp_path / "one.wav", 5.0, 1, level=0.1)
        write_music(tmp_path / "two.wav", 5.0, 2, level=0.2)
        tracks = [{"path": "one.wav"}, {"path": "two.wav"}]
        before, _ = make(tmp_path, tracks)
        after, _ = make(tmp_path, tracks, loudness_lufs=-20.0)
        assert after.album.integrated_lufs == pytest.approx(-20.0, abs=0.05)
        moves = [
            (late.integrated_lufs or 0.0) - (early.integrated_lufs or 0.0)
            for early, late in zip(before.tracks, after.tracks, strict=True)
        ]
        assert moves[0] == pytest.approx(moves[1], abs=0.02)

    def test_keep_drives_sessions_and_holds_their_ceiling(self, tmp_path: Path) -> None:
        write_music(tmp_path / "stem.wav", 5.0, 3, level=0.4)
        for name, drive_db in (("one", 0.0), ("two", 4.0)):
            (tmp_path / f"{name}.toml").write_text(session_text("stem.wav", name, drive_db=drive_db))
        tracks = [{"session": "one.toml"}, {"session": "two.toml"}]
        report, _ = make(tmp_path, tracks, loudness_lufs=-9.0)
        assert report.album.integrated_lufs == pytest.approx(-9.0, abs=0.05)
        assert report.album.true_peak_dbtp is not None
        assert report.album.true_peak_dbtp <= -0.98
        quiet, loud = (one.integrated_lufs for one in report.tracks)
        assert quiet is not None
        assert loud is not None
        assert quiet < loud

    def test_keep_runs_the_stems_of_a_session_twice_whatever_the_solve_takes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once for what goes into the limiter, once for the master; again only where the target moves."""
        import engine.album.renders as renders

        rendered: list[str] = []
        genuine = renders.render

        def render(session: Any, jobs: Any, *rest: Any) -> Any:
            rendered.append(session.title)
            return genuine(session, jobs, *rest)

        monkeypatch.setattr(renders, "render", render)
        for name, seed, level in (("one", 31, 0.3), ("two", 32, 0.5)):
            write_music(tmp_path / f"{name}.wav", 6.0, seed, rate=48000, level=level)
            text = session_text(f"{name}.wav", name, 48000, drive_db=2.0)
            text = text.replace("chain = [", "start_s = 0.5\nfade_out_s = 1.0\nchain = [")
            (tmp_path / f"{name}.toml").write_text(text)
        tracks = [{"session": "one.toml"}, {"session": "two.toml", "gap_s": 0.0}]
        report, _ = make(tmp_path, tracks, loudness_lufs=-8.0)
        assert report.album.integrated_lufs == pytest.approx(-8.0, abs=0.05)
        assert sorted(rendered) == ["one", "one", "two", "two"]
        rendered.clear()
        report, _ = make(tmp_path, tracks, loudness_lufs=-9.0)
        assert report.album.integrated_lufs == pytest.approx(-9.0, abs=0.05)
        assert sorted(rendered) == ["one", "two"]

    def test_what_goes_into_the_limiter_is_the_song_without_its_cuts_and_fades(self, tmp_path: Path) -> None:
        from engine.album.renders import Renders, Wanted
        from engine.progress import silent
        from engine.session.album.files import load_album

        write_music(tmp_path / "stem.wav", 5.0, 5)
        plain = session_text("stem.wav", "one")
        cut = "start_s = 0.5\nend_s = 4.75\nfade_in_s = 0.5\nfade_out_s = 1.0\nchain = ["
        found = []
        for text, wanted in (
            (plain, Wanted(RATE, limiter=False)),
            (plain.replace("chain = [", cut), Wanted(RATE, whole=True)),
        ):
            (tmp_path / "one.toml").write_text(text)
            (tmp_path / "album.toml").write_text(album_text([{"session": "one.toml"}]))
            track = load_album(tmp_path / "album.toml").tracks[0]
            found.append(soundfile.read(Renders(silent).file(track, wanted))[0])
        assert len(found[0]) == 5 * RATE
        np.testing.assert_array_equal(found[0], found[1])

    def test_target_brings_each_there(self, tmp_path: Path) -> None:
        write_music(tmp_path / "one.wav", 8.0, 1, level=0.1)
        write_music(tmp_path / "stem.wav", 8.0, 2, level=0.3)
        (tmp_path / "two.toml").write_text(session_text("stem.wav", "two"))
        tracks = [{"path": "one.wav", "trim_db": -1.0}, {"session": "two.toml"}]
        report, _ = make(tmp_path, tracks, levels="target", loudness_lufs=-18.0)
        assert [one.integrated_lufs for one in report.tracks] == pytest.approx(
            [-19.0, -18.0], abs=0.2
        )  # pauses count

    def test_a_finished_file_is_limited_only_where_it_must_be(self, tmp_path: Path) -> None:
        write_music(tmp_path / "one.wav", 5.0, 1, level=0.5)
        report, _ = make(tmp_path, [{"path": "one.wav"}], levels="target", loudness_lufs=-7.0)
        assert report.tracks[0].integrated_lufs == pytest.approx(-7.0, abs=0.1)
        assert report.tracks[0].true_peak_dbtp is not None
        assert report.tracks[0].true_peak_dbtp <= -0.8  # white noise: much of it lies above 20 kHz
        assert ("limited", 1) in kinds(report)
