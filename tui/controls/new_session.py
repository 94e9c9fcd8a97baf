"""A new session: its files are chosen, every guess is shown and can be changed, then it is made."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.pairs import members
from engine.session.roles import roles
from tui.controls.asking import Asking, Handler
from tui.controls.browsing import browse_audio
from tui.controls.naming import role_words
from tui.controls.sessions import here
from tui.controls.surface import Besides
from tui.view import View
from tui.work.verb_job import Work

if TYPE_CHECKING:
    from engine.report.new import NewReport

#: What tells a question for the guesses from the making.
DRY_RUN = "--dry-run"


def new(controls: Asking, view: View, argument: str) -> None:
    """Makes a session of the named files and folders, or of files that are chosen now."""
    path = here(view)
    folder = Path.cwd() if path is None else path.parent
    if not argument:
        browse_audio(controls, "stems of a new session", folder, lambda files: _guess(controls, files))
        return
    try:
        words = shlex.split(argument)
    except ValueError as error:
        controls.say(f"{argument}: {error}: put names with spaces between quotes", "error")
        return
    named = [Path(word).expanduser() for word in words]
    _guess(controls, [one if one.is_absolute() else folder / one for one in named])


def _guess(controls: Asking, files: Sequence[Path]) -> None:
    """Has the verb `new` tell what it makes of the files."""
    names = [str(file) for one in files for file in members(one)]
    controls.run(Work("new", Path(names[0]), (*names[1:], DRY_RUN)))
    controls.say("looking at the files …")


@dataclass(frozen=True)
class StemDraft:
    """A stem of the session to be made.

    Attributes:
        path: of its file, as the verb told it.
        name, role: as they are now.
        guessed_name, guessed_role: as they were told.
        guessed_from: the word that told the role; "" for none.
    """

    path: str
    name: str
    role: str
    guessed_name: str
    guessed_role: str
    guessed_from: str


@dataclass(frozen=True)
class SessionDraft:
    """The session to be made; every change makes another draft.

    Attributes:
        title: of the song.
        out: path of the session file.
        reference: path of the mix; "" for none.
        stems: in order.
        notes: what should be looked at.
    """

    title: str
    out: str
    reference: str
    stems: tuple[StemDraft, ...]
    notes: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """What follows the first file on the command line of `new`."""
        files = [str(file) for stem in self.stems for file in members(Path(stem.path))]
        words = [*files[1:], "--title", self.title, "--out", self.out]
        words += ["--reference", self.reference] if self.reference else ["--no-reference"]
        for stem in self.stems:
            words += ["--role", f"{stem.path}={stem.role}", "--name", f"{stem.path}={stem.name}"]
        return tuple(words)

    def work(self) -> Work:
        """That makes it."""
        return Work("new", members(Path(self.stems[0].path))[0], self.words(), steps=len(self.stems))


def draft_of(report: NewReport) -> SessionDraft:
    """What the verb `new` has told."""
    return SessionDraft(
        title=report.title,
        out=str(report.session),
        reference=str(report.reference or ""),
        stems=tuple(
            StemDraft(str(one.path), one.name, one.role, one.name, one.role, one.guessed_from or "")
            for one in report.stems
        ),
        notes=report.notes,
    )


def offer(controls: Asking, draft: SessionDraft, at: int = 0) -> None:
    """Shows the draft as a list: the first row makes it, every other one changes it."""
    rows: list[tuple[str, str, Callable[[], None]]] = [
        (f"make the session: {len(draft.stems)} stems", "", lambda: make(controls, draft)),
        (f"title: {draft.title}", "", lambda: _ask(controls, draft, "title", "title of the song", 1)),
        (
            f"file: {Path(draft.out).name}",
            str(Path(draft.out).parent),
            lambda: _ask(controls, draft, "out", "session file", 2),
        ),
        (
            f"mix: {Path(draft.reference).name if draft.reference else 'none'}",
            "the stems must sum to it" if draft.reference else "without one there is no null test",
            lambda: _choose_mix(controls, draft, 3),
        ),
    ]
    first = len(rows)
    width = max(len(stem.name) for stem in draft.stems)
    for place, stem in enumerate(draft.stems):
        told = Path(stem.path).name
        if stem.role == stem.guessed_role and not stem.guessed_from:
            told = f"? a guess   {told}"
        rows.append(
            (
                f"{stem.name:<{min(width, 28)}}  {roles()[stem.role].title}",
                told,
                lambda place=place: _change(controls, draft, place, first + place),  # type: ignore[misc]
            )
        )
    for at_note, note in enumerate(_open_notes(draft), len(rows)):
        rows.append((f"i {note}", "", _about_note(controls, draft, note, first, at_note)))
    names = [(label, about) for label, about, _ in rows]
    controls.choose("new session", names, lambda number: rows[number][2](), at)


def _open_notes(draft: SessionDraft) -> list[str]:
    """What should still be looked at: not the role of a stem that was given another."""
    decided = tuple(
        told
        for stem in draft.stems
        if stem.role != stem.guessed_role
        for told in (f"{stem.guessed_name} could also be ", f"nothing in the name of {stem.guessed_name} ")
    )
    return [note for note in draft.notes if not note.startswith(decided)]


def _about_note(controls: Asking, draft: SessionDraft, note: str, first: int, at: int) -> Callable[[], None]:
    """What choosing a note does: it changes the stem, or the mix, that it is about."""
    for place, stem in enumerate(draft.stems):
        if note.startswith((f"{stem.guessed_name} ", f"nothing in the name of {stem.guessed_name} ")):
            return lambda: _change(controls, draft, place, first + place)
    if draft.reference and note.startswith(f"{Path(draft.reference).name} "):
        return lambda: _choose_mix(controls, draft, 3)
    return lambda: offer(controls, draft, at)


def make(controls: Asking, draft: SessionDraft) -> None:
    """Has the session written; it is opened once it is there."""
    controls.run(draft.work())
    controls.say(f"making {Path(draft.out).name} …")


def _ask(controls: Asking, draft: SessionDraft, field: str, prompt: str, at: int) -> None:
    def take(line: str) -> None:
        value = line.strip()
        if not value:
            offer(controls, draft, at)
        elif field == "title":
            offer(controls, dataclasses.replace(draft, title=value), at)
        else:
            path = Path(draft.out).parent / Path(value).expanduser()
            path = path if path.suffix.lower() == ".toml" else path.with_name(f"{path.name}.toml")
            offer(controls, dataclasses.replace(draft, out=str(path)), at)

    back = partial(offer, controls, draft, at)
    controls.ask(prompt, str(getattr(draft, field)), take, files=field == "out", back=back)


def _choose_mix(controls: Asking, draft: SessionDraft, at: int) -> None:
    """Another mix, or none; the one before becomes a stem."""
    files = [*([draft.reference] if draft.reference else []), *(stem.path for stem in draft.stems)]
    names = [("none", ""), *((Path(file).name, "") for file in files)]

    def take(number: int) -> None:
        offer(controls, _with_mix(draft, files[number - 1] if number else ""), at)

    back = partial(offer, controls, draft, at)
    controls.choose("which file is the mix?", names, take, 1 if draft.reference else 0, Besides(back=back))


def _with_mix(draft: SessionDraft, path: str) -> SessionDraft:
    if path == draft.reference:
        return draft
    stems = [stem for stem in draft.stems if stem.path != path]
    if draft.reference:
        name = Path(draft.reference).stem
        stems.append(StemDraft(draft.reference, name, "other", name, "other", ""))
    return dataclasses.replace(draft, reference=path, stems=tuple(stems)) if stems else draft


def _change(controls: Asking, draft: SessionDraft, place: int, at: int) -> None:
    """Role, name and fate of one stem."""
    stem, known = draft.stems[place], list(roles())
    back = partial(offer, controls, draft, at)

    def put(**changes: str) -> None:
        stems = list(draft.stems)
        stems[place] = dataclasses.replace(stem, **changes)
        offer(controls, dataclasses.replace(draft, stems=tuple(stems)), at)

    def rename() -> None:
        def take(line: str) -> None:
            name = line.strip()
            others = {one.name.casefold() for one in draft.stems if one is not stem}
            if name.casefold() in others:
                controls.say(f"another stem is called {name} already", "error")
            put(**({"name": name} if name and name.casefold() not in others else {}))

        controls.ask(f"name of {Path(stem.path).name}", stem.name, take, back=back)

    def leave_out() -> None:
        kept = tuple(one for one in draft.stems if one is not stem)
        if not kept:
            controls.say("a session has at least one stem", "warning")
        offer(controls, dataclasses.replace(draft, stems=kept) if kept else draft, max(at - 1, 0))

    def is_mix() -> None:
        offer(controls, _with_mix(draft, stem.path), 3)

    ways = [
        *((roles()[one].title, one, lambda one=one: put(role=one)) for one in known),
        ("rename it", "", rename),
        ("it is the mix", "the stems must sum to it", is_mix),
        ("leave it out", "the file stays where it is", leave_out),
    ]
    names = [(label, about) for label, about, _ in ways]
    besides = Besides(also=role_words(), back=back)
    now = known.index(stem.role)
    controls.choose(f"{stem.name}: role", names, lambda number: ways[number][2](), now, besides)


HANDLERS: Mapping[str, Handler] = {"new": new}
