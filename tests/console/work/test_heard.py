"""What is heard instead of the master, in a few words, wherever it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from work_views import view_of

from engine.link.document import Document, Listening
from engine.link.records import Source
from engine.link.snapshot import NO_TRANSPORT, Snapshot
from tui.heard import heard_track, listening_to, spectrum_of_heard, unmatched_words
from tui.view import Panel, View

NAN = float("nan")
TRACK = Listening(path="/tracks/a song.wav", integrated_lufs=-9.0)
LEVELS = (-20.0, None, -30.0)


def hearing(
    listening: Listening | None, source: Source = Source.TRACK, match_db: float = NAN, **words: Any
) -> View:
    view = view_of(Panel.STEMS)
    transport = NO_TRANSPORT._replace(source=source, match_db=match_db)
    document = replace(view.document, listening=listening, **words)
    return replace(view, document=document, snapshot=Snapshot(transport=transport))


@pytest.mark.parametrize(
    ("listening", "words"),
    [
        (None, ""),
        (TRACK, "a song.wav"),
        (replace(TRACK, name="A Song"), "A Song"),
        (Listening(stem="Bass", processor=0, type="eq", band=-1), "Bass eq"),
        (Listening(stem="Bass", processor=0, type="eq", band=0), "Bass eq band 1"),
        (Listening(processor=2, type="multiband", band=3), "master multiband band 4"),
        (Listening(stem="Vox", processor=0, type="deesser", band=0), "Vox deesser"),
    ],
)
def test_what_is_listened_to(listening: Listening | None, words: str) -> None:
    assert listening_to(Document(listening=listening)) == words


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (hearing(TRACK), "not matched yet"),
        (hearing(replace(TRACK, integrated_lufs=None)), "not matched"),
        (hearing(replace(TRACK, waits=True)), "silent until measured"),
        (hearing(TRACK, match_db=0.0), ""),
        (hearing(TRACK, Source.REFERENCE), ""),
        (hearing(None), ""),
        (hearing(Listening(stem="Bass", type="eq")), ""),
    ],
)
def test_why_a_track_is_not_as_loud_as_the_song(view: View, words: str) -> None:
    assert unmatched_words(view) == words


def test_a_track_is_heard_and_its_spectrum_known() -> None:
    other = replace(TRACK, path="/tracks/b.wav", spectrum_dbfs=(0.0,))
    measured = replace(TRACK, spectrum_dbfs=LEVELS)
    assert heard_track(hearing(TRACK)) == "/tracks/a song.wav"
    assert heard_track(hearing(TRACK, Source.DRY)) == heard_track(hearing(None)) == ""
    assert spectrum_of_heard(hearing(measured)) == LEVELS
    assert spectrum_of_heard(hearing(TRACK, references=(other, measured))) == LEVELS  # type: ignore[arg-type]
    assert spectrum_of_heard(hearing(TRACK, references=(other,))) is None
    assert spectrum_of_heard(hearing(measured, Source.DRY)) is None
