"""Files to choose from: folder by folder, as a list that searches while one types; or by a typed path."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.paths import whole_path
from engine.session.scan import AUDIO_ENDINGS, natural_key
from tui.controls.asking import Asking
from tui.controls.surface import Besides

SESSION_ENDINGS = frozenset({".toml"})

_Row = tuple[str, str, Callable[[], None]]


def listing(folder: Path, endings: frozenset[str]) -> tuple[list[Path], list[Path]]:
    """Folders and files of a folder, in natural order; hidden ones are left out.

    Raises:
        OSError: it cannot be read.
    """
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(Path(entry.path))
            elif Path(entry.name).suffix.lower() in endings:
                files.append(Path(entry.path))
    return sorted(folders, key=lambda one: natural_key(one.name)), sorted(
        files, key=lambda one: natural_key(one.name)
    )


@dataclass
class Browser:
    """Goes through folders until a file is chosen; with `several`, until one goes on with those marked.

    Attributes:
        controls: to ask with.
        title: what is looked for.
        endings: of the files that are shown, small letters.
        chosen: gets what was chosen: one file, or all that are marked, at least one.
        several: files are marked.
        marked: so far, in the order they were marked.
    """

    controls: Asking
    title: str
    endings: frozenset[str]
    chosen: Callable[[list[Path]], None]
    several: bool = False
    marked: list[Path] = field(default_factory=list)

    def show(self, folder: Path, at: Path | None = None) -> None:
        """Offers a folder; `at` is the row to begin with."""
        folder = whole_path(folder)  # the one above `..` would be below it
        try:
            folders, files = listing(folder, self.endings)
        except OSError as error:
            self.controls.say(f"{folder}: cannot be read: {error.strerror or error}", "error")
            return
        rows = self._head(folder, files)
        begin = len(rows)
        for one in folders:
            rows.append((f"{one.name}/", "", lambda one=one: self.show(one)))  # type: ignore[misc]
        for one in files:
            rows.append(self._file_row(folder, one))
        where = [*folders, *files]
        row = begin + where.index(at) if at in where else min(begin, len(rows) - 1)
        if self.several and (at is None and (self.marked or files)):
            row = 0
        names = [(label, about) for label, about, _ in rows]
        self.controls.choose(
            f"{self.title}: {_short(folder)}",
            names,
            lambda number: rows[number][2](),
            row,
            Besides(by_path=lambda line: self._typed(folder, line)),
        )

    def _head(self, folder: Path, files: Sequence[Path]) -> list[_Row]:
        """What is done besides choosing: going on, all of them, up, a typed path."""
        rows: list[_Row] = []
        if self.several:
            unmarked = [one for one in files if one not in self.marked]
            if self.marked:
                rows.append((f"go on with {_count(self.marked)}", "", lambda: self.chosen(self.marked)))
            if unmarked:
                rows.append(
                    (f"mark all {len(files)} here", "audio files", lambda: self._mark(folder, unmarked))
                )
            if files and not self.marked:
                # `go` and enter would else find a file or a folder with these letters, and take that
                rows.append(("go on", "enter marks a file first", lambda: self._nothing_marked(folder)))
        rows.append(("type a path", "tab completes it", lambda: self._ask(folder)))
        if folder.parent != folder:
            rows.append(("../", _short(folder.parent), lambda: self.show(folder.parent, folder)))
        return rows

    def _file_row(self, folder: Path, file: Path) -> _Row:
        if not self.several:
            return file.name, "", lambda: self.chosen([file])
        sign = "●" if file in self.marked else "○"
        return f"{sign} {file.name}", "", lambda: self._toggle(folder, file)

    def _mark(self, folder: Path, files: Sequence[Path]) -> None:
        self.marked += files
        self.show(folder)

    def _nothing_marked(self, folder: Path) -> None:
        self.controls.say("nothing is marked: enter on a file marks it")
        self.show(folder)

    def _toggle(self, folder: Path, file: Path) -> None:
        if file in self.marked:
            self.marked.remove(file)
        else:
            self.marked.append(file)
        self.show(folder, file)

    def _ask(self, folder: Path) -> None:
        begin = f"{folder}/".replace("//", "/")
        self.controls.ask(
            f"{self.title}: path",
            begin,
            lambda line: self._typed(folder, line),
            files=True,
            back=lambda: self.show(folder),
        )

    def _typed(self, folder: Path, line: str) -> None:
        path = folder / Path(line.strip()).expanduser()
        if not line.strip():
            return
        if path.is_dir():
            self.show(path)
        elif not path.exists():
            self.controls.say(f"{path}: is not there: check the name", "error")
        elif self.several:
            self.marked += [path] if path not in self.marked else []
            self.show(path.parent, path)
        else:
            self.chosen([path])


def browse_session(controls: Asking, title: str, folder: Path, chosen: Callable[[Path], None]) -> None:
    """Has a session file chosen."""
    Browser(controls, title, SESSION_ENDINGS, lambda found: chosen(found[0])).show(folder)


def browse_audio(controls: Asking, title: str, folder: Path, chosen: Callable[[list[Path]], None]) -> None:
    """Has audio files marked."""
    Browser(controls, title, frozenset(AUDIO_ENDINGS), chosen, several=True).show(folder)


def _short(folder: Path) -> str:
    """A folder, the user's own home as `~`."""
    home = str(Path.home())
    text = str(folder)
    return f"~{text[len(home) :]}" if text == home or text.startswith(f"{home}/") else text


def _count(files: Sequence[Path]) -> str:
    return "1 file" if len(files) == 1 else f"{len(files)} files"
