"""Makes a session from files: which is the mix, what the stems are, and the file that says so."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.errors import InputError, UsageError, machine_error
from engine.files import already_there
from engine.pairs import members, pair_name
from engine.progress import Progress, silent
from engine.report.new import NewReport, StemGuess
from engine.session.by_sound import HEARD, HearSums
from engine.session.draft import Draft, DraftStem, draft_text
from engine.session.fields import HIGHEST_RATE, LOWEST_RATE
from engine.session.files import save_session_text
from engine.session.guess import Guess, guess_role, guess_roles, mentions
from engine.session.naming import display_names
from engine.session.pins import sha256_of
from engine.session.reading import folded, nearest
from engine.session.roles import roles
from engine.session.scan import AUDIO_ENDINGS, Selection, guess_title, select_files
from engine.session.sorting import ReadForm
from engine.session.targets import targets
from engine.session.template import Template, match_template, template_named

#: What the one deliverable of a new session aims at.
_FIRST_TARGET = "spotify"

#: More files than any split has stems: tracks of a recording rather than stems.
_MULTITRACK_FROM = 17
#: Names of one role that a note repeats.
_NAMES_TOLD = 4


@dataclass(frozen=True)
class NewRequest:
    """What `new` was asked for.

    Attributes:
        inputs: files and folders.
        reference: the mix; None: guess it from the names.
        template: name of the split to match the stems to; None: none.
        out: the session file, or a folder for it; None: beside the first stem.
        force: replace a session that is already there.
        no_reference: no file is taken for the mix.
        title: of the session; None: guessed from the names.
        roles: roles that were chosen, by a stem's name, its file's name or its path.
        names: names that were chosen, likewise.
        dry_run: only tell what would be written.
    """

    inputs: tuple[Path, ...]
    reference: Path | None = None
    template: str | None = None
    out: Path | None = None
    force: bool = False
    no_reference: bool = False
    title: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False


def new_session(
    request: NewRequest,
    read_form: ReadForm,
    progress: Progress = silent,
    hear_sums: HearSums | None = None,
) -> NewReport:
    """Writes a session file for the stems of `request` and tells every guess.

    Args:
        request: what to make.
        read_form: opens an audio file; handed in, because this layer reads no audio. Raises `InputError`
            for what is none.
        progress: is told about the hashing.
        hear_sums: listens for mixes and prints that no name tells, handed in likewise; None: names decide.

    Raises:
        UsageError: the template does not exist, or `out` is not a name for a session.
        InputError: a file is missing or is no audio; the session exists (kind `exists`).
        MachineError: the system refused to write.
    """
    template = None if request.template is None else template_named(request.template)
    chosen = select_files(
        request.inputs,
        request.reference,
        read_form,
        no_reference=request.no_reference,
        hear_sums=hear_sums,
    )
    title = request.title or guess_title(chosen.stems)
    out = _session_path(request, chosen, title)
    notes = list(chosen.notes)
    names = _unique_names(chosen.stems, notes)
    sample_rate = _sample_rate(chosen, read_form, notes)
    notes.append(_reference_note(chosen))
    guesses = _guesses(template, chosen, names, notes)
    notes += _multitrack_notes(names, guesses)
    names, guesses = _as_chosen(request, chosen.stems, names, guesses, notes)
    report = NewReport(
        session=out,
        title=title,
        sample_rate=sample_rate,
        reference=None if chosen.reference is None else chosen.reference.absolute(),
        reference_guessed_from=chosen.reference_word,
        stems=tuple(
            StemGuess(name, guess.role, guess.word, path.absolute())
            for name, guess, path in zip(names, guesses, chosen.stems, strict=True)
        ),
        notes=tuple(notes),
    )
    if not request.dry_run:
        _write(_draft(report, progress), out, force=request.force)
    return report


def _draft(report: NewReport, progress: Progress) -> Draft:
    """What is told, as it is written: with the hash of every file."""
    return Draft(
        title=report.title,
        sample_rate=report.sample_rate,
        reference=None if report.reference is None else _pinned(report.reference, progress),
        stems=tuple(DraftStem(stem.name, stem.role, *_pinned(stem.path, progress)) for stem in report.stems),
        target=targets()[_FIRST_TARGET],
    )


def _pinned(path: Path, progress: Progress) -> tuple[Path, str]:
    return path.absolute(), sha256_of(path, progress)


def _guesses(
    template: Template | None, chosen: Selection, names: Sequence[str], notes: list[str]
) -> list[Guess]:
    """The guessed roles, or those of the template's stems where they match; doubts are noted."""
    files = [pair_name(path) for path in chosen.stems]
    guesses = list(guess_roles(files))
    if template is not None:
        match = match_template(template, files, guesses)
        notes += [f"{stem.name} is missing from the {template.name} split" for stem in match.missing]
        for index, stem in enumerate(match.stems):
            if stem is None:
                role = guesses[index].role
                notes.append(f"{names[index]} is not part of the {template.name} split: taken as {role}")
            elif mentions(files[index], stem.name):
                guesses[index] = Guess(stem.role, stem.name.lower())
            else:
                guesses[index] = replace(guesses[index], role=stem.role)
    for name, guess in zip(names, guesses, strict=True):
        others = [role for role in guess.also if role != guess.role]
        if guess.word is None:
            notes.append(f"nothing in the name of {name} tells its role: it is taken as {guess.role}")
        elif others:
            notes.append(f"{name} could also be {' or '.join(others)}: it is taken as {guess.role}")
    return guesses


def _as_chosen(
    request: NewRequest, paths: Sequence[Path], names: list[str], guesses: list[Guess], notes: list[str]
) -> tuple[list[str], list[Guess]]:
    """Names and roles, those that were chosen in place of the guessed ones.

    Raises:
        UsageError: a stem, a role or a name is not to be had.
    """
    names, guesses = list(names), list(guesses)
    for wanted, role in request.roles.items():
        place = _place_of(wanted, paths, names)
        if role not in roles():
            raise UsageError(f"there is no role '{role}': {nearest(role, roles())}")
        # what was said about a guess no longer holds
        told = (f"nothing in the name of {names[place]} ", f"{names[place]} could also be ")
        notes[:] = [note for note in notes if not note.startswith(told)]
        guesses[place] = replace(guesses[place], role=role)
    places = {_place_of(wanted, paths, names): name for wanted, name in request.names.items()}
    for place, name in places.items():
        names[place] = name.strip()
        if not names[place] or not names[place].isprintable():
            raise UsageError(f"'{name}' is no name of a stem: give it printable letters")
    if len({folded(name) for name in names}) < len(names):
        raise UsageError("two stems would have the same name: give each a name of its own")
    return names, guesses


def _place_of(wanted: str, paths: Sequence[Path], names: Sequence[str]) -> int:
    """The stem that is meant: by its name, its file's name, or its path."""
    for known in (
        names,
        [path.name for path in paths],
        [pair_name(path) for path in paths],
        [str(path.absolute()) for path in paths],
    ):
        found = [place for place, one in enumerate(known) if folded(one) == folded(wanted)]
        if len(found) == 1:
            return found[0]
    raise UsageError(f"there is no stem '{wanted}': {nearest(wanted, names)}")


def _session_path(request: NewRequest, chosen: Selection, title: str) -> Path:
    """Where the session goes, checked before any long work."""
    out = request.out
    if out is None:
        (first, *more) = request.inputs
        out = first if first.is_dir() and not more else chosen.stems[0].parent
    out = out.absolute()
    if out.is_dir():
        out = out / f"{_file_name(title)}.toml"
    if out.suffix.lower() in AUDIO_ENDINGS:
        raise UsageError(f"{out}: is the name of an audio file: give the session a name that ends in .toml")
    audio = [path for path in (*chosen.stems, chosen.reference) if path is not None]
    inputs = {os.path.realpath(file) for path in audio for file in members(path)}
    if os.path.realpath(out) in inputs:
        raise UsageError(f"{out}: is one of the stems: give the session another name")
    if out.exists() and not request.force and not request.dry_run:
        raise already_there(out)
    return out


def _file_name(title: str) -> str:
    """The title as a file name: lower case, hyphens for everything that is no letter or digit."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title.lower()))
    return "-".join(words)[:80] or "session"


def _unique_names(paths: Sequence[Path], notes: list[str]) -> list[str]:
    """The files' names without what is no name, numbered where two are the same."""
    names: list[str] = []
    taken: set[str] = set()
    shown = display_names([pair_name(path) for path in paths], _says_something)
    for path, short in zip(paths, shown, strict=True):
        try:
            path.name.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"{path}: the name is not valid UTF-8 and cannot be written into a session: rename the file",
                kind="bad_name",
                path=path,
            ) from error
        base = "".join(char if char.isprintable() else " " for char in short)[:110].strip() or "Stem"
        name, number = base, 1
        while folded(name) in taken:
            number += 1
            name = f"{base} {number}"
        if name != short:
            notes.append(f"{path.name} is called {name} in the session: names must be printable and unique")
        taken.add(folded(name))
        names.append(name)
    return names


def _sample_rate(chosen: Selection, read_form: ReadForm, notes: list[str]) -> int:
    """The first stem's rate; every file is opened, so that none is taken that is no audio."""
    rates = [_rate_of(path, read_form) for path in chosen.stems]
    first = rates[0]
    if not LOWEST_RATE <= first <= HIGHEST_RATE:
        path = chosen.stems[0]
        raise InputError(
            f"{path}: has a sample rate of {first} Hz: convert it to {LOWEST_RATE} to {HIGHEST_RATE} Hz",
            kind="sample_rate",
            path=path,
        )
    if chosen.reference is not None:
        rates.append(_rate_of(chosen.reference, read_form))
    files = [*chosen.stems, chosen.reference]
    notes += [
        f"{path.name} has {rate} Hz, the first stem {first} Hz: 'stemlathe check' tells more"
        for path, rate in zip(files, rates, strict=False)
        if path is not None and rate != first
    ]
    return first


def _rate_of(path: Path, read_form: ReadForm) -> int:
    """Of a file, or of both files of a pair."""
    rates = [read_form(file).sample_rate for file in members(path)]
    return rates[0]


def _says_something(text: str) -> bool:
    return guess_role(text).word is not None


def _multitrack_notes(names: Sequence[str], guesses: Sequence[Guess]) -> list[str]:
    """A proposal of stems for the tracks of a whole recording, a note per role."""
    if len(names) < _MULTITRACK_FROM:
        return []
    groups: dict[str, list[str]] = {}
    for name, guess in zip(names, guesses, strict=True):
        groups.setdefault(guess.role, []).append(name)
    told = [
        f"proposed stem '{roles()[role].title}': {', '.join(group[:_NAMES_TOLD])}"
        + (f" and {len(group) - _NAMES_TOLD} more" if len(group) > _NAMES_TOLD else "")
        for role, group in groups.items()
    ]
    return [
        f"{len(names)} files are the tracks of a recording rather than stems: bounce them to {len(groups)} "
        "stems and make the session of those",
        *told,
    ]


def _reference_note(chosen: Selection) -> str:
    if chosen.reference is None:
        return "no file looks like the mix: the null test needs one, see --reference"
    if chosen.reference_word is None:
        return f"{chosen.reference.name} is the mix because it was named"
    if chosen.reference_word == HEARD:
        return f"{chosen.reference.name} is taken for the mix: it sounds like {HEARD}"
    return f"{chosen.reference.name} is taken for the mix because of '{chosen.reference_word}'"


def _write(draft: Draft, out: Path, *, force: bool) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, out.parent, "make the folder") from error
    text = draft_text(draft, out.parent)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{out}: a folder on the way to the stems has a name that is not valid UTF-8: "
            "rename it or put the session beside the stems",
            kind="bad_name",
            path=out,
        ) from error
    save_session_text(out, text, replace=force)
