"""Edits of a session file's text: values set or removed in place, comments and layout kept."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import SessionError
from engine.session.reading import KeyPath, key_text
from engine.session.reordering import move_between, moved_item, with_table_moved

#: One change: where, and the new value (a number, text, truth value, list or table; None: none).
Change = tuple[KeyPath, Any]

_KEY_PART = re.compile(r'\.?(?:"([^"]*)"|([A-Za-z0-9_-]+))|\[(\d+)\]')


def parse_session(text: str, path: Path) -> dict[str, Any]:
    """The TOML tree of a session file's text.

    Raises:
        SessionError: it is not TOML; the line is named.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SessionError(
            f"{path}: is not valid TOML: {error}: correct it there", kind="not_toml", path=path
        ) from error
    except (ValueError, RecursionError) as error:
        # numbers of thousands of digits, brackets nested without end
        raise SessionError(
            f"{path}: is not usable TOML: a number is too long or brackets are nested too deep: correct it",
            kind="not_toml",
            path=path,
        ) from error


def parse_key(text: str) -> KeyPath:
    """A key's place from its text: `stems[2].trim_db` becomes `("stems", 2, "trim_db")`.

    Raises:
        ValueError: it is not of that form.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _KEY_PART.match(text, position)
        dotted = text[position] == "."
        if match is None or (dotted == (position == 0) and match[3] is None):
            raise ValueError(f"'{text}' is no key path: write it like stems[2].trim_db")
        parts.append(int(match[3]) if match[3] is not None else match[1] or match[2])
        position = match.end()
    return tuple(parts)


def with_changes(text: str, changes: Sequence[Change], path: Path) -> str:
    """The text of a session file with values set, comments and layout kept.

    Args:
        text: TOML.
        changes: in order; tables and lists on the way must be there, the last key need not: a table
            right behind the end of a list is added to it. None removes a key, where there is one, or an
            item of a list.
        path: named in complaints.

    Raises:
        SessionError: a key on the way is not there, or the text cannot be edited.
    """
    return TextEditor(text, path).changed(changes)


def tree_with_changes(tree: Mapping[str, Any], changes: Sequence[Change], path: Path) -> dict[str, Any]:
    """As `with_changes`, of a parsed text: a tree of its own, for who needs no text.

    Raises:
        SessionError: a key on the way is not there.
    """
    wanted = copy.deepcopy(dict(tree))
    for key, value in changes:
        _set(wanted, key, value, path, _set_item)
    return wanted


class TextEditor:
    """Edits one text again and again, and parses it only once for that.

    Args:
        text: TOML.
        path: named in complaints.

    Attributes:
        text: as it is now.
        tree: the same, parsed; not to be changed.

    Raises:
        SessionError: the text is not TOML.
    """

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.tree = parse_session(text, path)
        self._path = path
        self._document: Any = None

    def changed(self, changes: Sequence[Change]) -> str:
        """Applies all changes or none, as `with_changes`; returns the new text.

        Where all that changes is the place of one table in a list of the top level, its lines move and keep
        their comments.

        Raises:
            SessionError: as of `with_changes`; the text is unchanged.
        """
        text = self._with_table_moved(changes)
        if text is not None:
            self.replace(text)
            return text
        return self._edited(changes)

    def _with_table_moved(self, changes: Sequence[Change]) -> str | None:
        """The text where one table of a list goes elsewhere; None: that is not what is asked for."""
        if len(changes) != 1 or len(changes[0][0]) != 1:
            return None
        [((name,), wanted)] = changes
        items = self.tree.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or not isinstance(items, list) or not isinstance(wanted, list):
            return None
        move = move_between(items, wanted)
        return None if move is None else with_table_moved(self.text, name, *move)

    def _edited(self, changes: Sequence[Change]) -> str:
        import tomlkit
        import tomlkit.exceptions

        path = self._path
        wanted = self.tree
        # whatever goes wrong below leaves the document half edited
        document, self._document = self._document, None
        try:
            document = tomlkit.parse(self.text) if document is None else document
            for key, value in changes:
                known = _knows(wanted, key)
                wanted = changed_tree(wanted, [(key, value)], path)
                _set(document, key, value, path, _set_document_item)
                # tomlkit 0.15 cannot take a key out of a table again that was put between others
                document = document if known else tomlkit.parse(tomlkit.dumps(document))
            edited = tomlkit.dumps(document)
        except (tomlkit.exceptions.TOMLKitError, RecursionError) as error:
            raise SessionError(
                f"{path}: cannot be edited ({error}): simplify its layout", path=path
            ) from error
        if parse_session(edited, path) != wanted:
            raise SessionError(f"{path}: cannot be edited without loss: simplify its layout", path=path)
        self.text, self.tree, self._document = edited, wanted, document
        return edited

    def moved(self, name: str, place: int, to: int) -> str:
        """Puts a table of a list at the top level elsewhere in that list; returns the new text.

        Args:
            name: of the list.
            place: of the table, from 0.
            to: where it goes, from 0.

        Raises:
            SessionError: there is no such table, or the text cannot be edited; it is unchanged then.
        """
        try:
            text = with_table_moved(self.text, name, place, to)
            if text is None:
                return self._edited([((name,), moved_item(self.tree.get(name, ()), place, to))])
        except IndexError as error:
            key = key_text((name, place))
            raise SessionError(
                f"{self._path}: {key}: is not in the file", key=key, path=self._path
            ) from error
        self.replace(text)
        return text

    def replace(self, text: str) -> None:
        """Goes on with another text.

        Raises:
            SessionError: it is not TOML.
        """
        if text != self.text:
            self.tree = parse_session(text, self._path)
            self.text, self._document = text, None


def changed_tree(tree: Mapping[str, Any], changes: Sequence[Change], path: Path) -> dict[str, Any]:
    """A tree with changes made, as `with_changes` makes them; what none of them touches is the same object.

    Args:
        tree: stays as it is.
        changes: in order.
        path: named in complaints.

    Raises:
        SessionError: a key on the way is not there.
    """
    changed = dict(tree)
    own = {id(changed)}  # made here, so that it may be changed
    for key, value in changes:
        container: Any = changed
        for depth, part in enumerate(key[:-1]):
            found = _step(container, part, key[: depth + 1], path)
            if isinstance(found, (dict, list)) and id(found) not in own:
                found = container[part] = found.copy()
                own.add(id(found))
            container = found
        _set(container, key[-1:], value, path, _set_item, behind=key[:-1])
    return changed


def _knows(tree: Any, key: KeyPath) -> bool:
    """Whether a key is there already."""
    for part in key:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _set(
    root: Any,
    key: KeyPath,
    value: Any,
    path: Path,
    assign: Callable[[Any, str | int, Any], None],
    behind: KeyPath = (),
) -> None:
    """Sets a value in place; `behind` is where the root itself lies, for complaints."""
    container = root
    for depth, part in enumerate(key[:-1]):
        container = _step(container, part, (*behind, *key[: depth + 1]), path)
    last = key[-1]
    if isinstance(container, list) and last == len(container) and isinstance(value, Mapping):
        container.append(copy.deepcopy(value))
        return
    if isinstance(last, int) or not isinstance(container, Mapping):
        _step(container, last, (*behind, *key), path)
    if value is not None:
        assign(container, last, value)
    elif isinstance(last, int) or last in container:
        del container[last]


def _step(container: Any, part: str | int, key: KeyPath, path: Path) -> Any:
    found: Any = None
    if isinstance(part, int) and isinstance(container, list) and part < len(container):
        found = container[part]
    elif isinstance(part, str) and isinstance(container, Mapping):
        found = container.get(part)
    if found is None:
        place = key_text(key)
        raise SessionError(f"{path}: {place}: is not in the file", key=place, path=path)
    return found


def _set_item(container: Any, key: str | int, value: Any) -> None:
    container[key] = copy.deepcopy(value)


def _set_document_item(container: Any, key: str | int, value: Any) -> None:
    """Sets a value in a tomlkit container, a new key right after the last one of its table.

    tomlkit would append it after the comments that follow, which belong to the next table.
    """
    import tomlkit
    from tomlkit.items import AoT, SingleKey, Table

    body = container.value.body if isinstance(container, Table) else []
    values = [name for name, item in body if name is not None and not isinstance(item, (Table, AoT))]
    if key in container or not values or not isinstance(key, str):
        container[key] = value
        return
    item = tomlkit.item(value)
    item.trivia.trail = "\n"
    container.value._insert_after(values[-1], SingleKey(key), item)
