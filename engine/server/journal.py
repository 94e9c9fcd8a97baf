"""The journal: what makes the live session survive the engine, event by event.

One file per session in the user's state folder, one event a line, each with its checksum. A line is
with the system as soon as `append` returns, so that it survives the end of the process, however that
comes; within `SYNC_S` a thread of its own has it on the disk, so that it survives that of the
machine. Whatever the last write has torn is left out when the journal is read.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import threading
import zlib
from pathlib import Path

from engine.errors import MachineError, machine_error
from engine.files import sync_folder
from engine.paths import state_dir
from engine.private import make_private, read_own
from engine.processes.launch import session_key
from engine.server.session_state import Book, Event, apply, whole
from engine.session.atomic import write_atomic

#: What has been appended is synced to the disk within this time, s.
SYNC_S = 0.05
#: A journal of this size, and of twice what it needs, is rewritten, bytes.
COMPACT_BYTES = 1 << 20
#: No journal of ours grows beyond this, bytes: what is read is taken into memory.
LARGEST_BYTES = 1 << 30


def journal_path(session: Path) -> Path:
    """Where the journal of a session file is."""
    return state_dir() / "journals" / f"{session_key(session)}.jsonl"


def line_of(event: Event) -> bytes:
    """An event as it stands in the file."""
    stored = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    content = stored.encode("utf-8", "surrogatepass")
    return b"%08x %s\n" % (zlib.crc32(content), content)


def read_events(content: bytes) -> tuple[Book | None, int]:
    """The book that the events in `content` make, as far as they are whole.

    Returns:
        The book, None where there is not even a first event; and how many bytes were good.
    """
    book, good = None, 0
    for line in content.splitlines(keepends=True):
        event = _event_of(line)
        if event is None:
            break
        if book is None:
            if event.get("e") != "all":
                break
            book = Book()
        try:
            apply(book, event)
        except (KeyError, TypeError, ValueError, IndexError):
            break
        good += len(line)
    return book, good


def _event_of(line: bytes) -> Event | None:
    if not line.endswith(b"\n") or line[8:9] != b" ":
        return None
    try:
        # compared as text: `int` would take capitals and signs for the same number
        if line[:8] != b"%08x" % zlib.crc32(line[9:-1]):
            return None
        event = json.loads(line[9:-1].decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _disk_full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Journal:
    """The journal of one session file, held by one engine at a time.

    A line that could not be written leaves a gap, and nothing behind a gap is ever believed: from then on
    nothing is appended, until the whole book has been rewritten. `maintain` of the live session asks
    for that again and again.

    Args:
        session: the session file.

    Attributes:
        path: of the journal.
        found: the book that was in it; None: none.
        failure: why edits would not survive; None while they do. It stays until a rewrite has succeeded.

    Raises:
        MachineError: another engine holds it (kind `already_open`), or it cannot be used.
    """

    def __init__(self, session: Path) -> None:
        self.path = journal_path(session)
        self.failure: str | None = None
        try:
            make_private(state_dir(), self.path.parent.name)
            self._lock_descriptor = self._hold(session)
            self.found = self._read()
        except OSError as error:
            raise machine_error(error, self.path, "use the journal") from error
        self._descriptor = -1
        self._size = self._needed = 0
        self._writing = threading.Lock()
        self._unsynced = threading.Event()
        self._ended = threading.Event()
        self._rewrite: bytes | None = None
        self._since: list[bytes] = []
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def _hold(self, session: Path) -> int:
        """Makes sure that no other engine writes it; the kernel gives it back whatever happens."""
        descriptor = os.open(
            self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise MachineError(
                f"{session}: an engine has this session already: 'stemlathe ps' shows it",
                kind="already_open",
                path=session,
            ) from error
        return descriptor

    def _read(self) -> Book | None:
        try:
            content = read_own(self.path, LARGEST_BYTES)
        except FileNotFoundError:
            return None
        book, good = read_events(content)
        if content.count(b"\n", good) > 1 or (book is None and content):
            # more than the torn end of a last write: it may hold what somebody wants back
            with contextlib.suppress(OSError):
                os.replace(self.path, self.path.with_suffix(".damaged"))
        return book

    def begin(self, book: Book) -> None:
        """Writes `book` as the journal's beginning; from here on events can be appended.

        Raises:
            MachineError: it cannot be written.
        """
        try:
            self._put_in_place(line_of(whole(book)))
        except OSError as error:
            raise machine_error(error, self.path, "write the journal") from error
        self._thread.start()

    def append(self, event: Event) -> None:
        """Adds an event; survives this process from here on. What fails is told by `failure`."""
        line = line_of(event)
        with self._writing:
            if self.failure is None:
                self._write(line)
            if self._rewrite is not None:
                self._since.append(line)
        self._unsynced.set()

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._descriptor, line)
            if written != len(line):
                os.ftruncate(self._descriptor, self._size)
                raise _disk_full()
            self._size += written
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError | MachineError) -> None:
        if isinstance(error, OSError):
            error = machine_error(error, self.path, "write the journal")
        self.failure = error.message

    @property
    def wants_compacting(self) -> bool:
        """Whether it has grown or failed enough to be rewritten."""
        is_long = self._size > max(COMPACT_BYTES, 2 * self._needed)
        return self._rewrite is None and (is_long or self.failure is not None)

    def compact(self, book: Book) -> None:
        """Lets the journal be rewritten, in its own thread, as what `book` is now."""
        line = line_of(whole(book))
        with self._writing:
            self._rewrite, self._since = line, []
        self._unsynced.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._unsynced.wait()
            self._unsynced.clear()
            self._ended.wait(SYNC_S)
            self._work()

    def _work(self) -> None:
        try:
            if self._rewrite is not None:
                self._put_in_place(self._rewrite)
            os.fsync(self._descriptor)
        except (MachineError, OSError) as error:
            with self._writing:
                self._rewrite, self._since = None, []
                self._fail(error)

    def _put_in_place(self, first: bytes) -> None:
        """Replaces the file by one that begins with `first`, then what came since.

        Raises:
            MachineError, OSError: it cannot be written; the former one is untouched.
        """
        temporary = self.path.with_suffix(".new")
        write_atomic(temporary, first, replace=True, mode=0o600)
        with self._writing:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                since = b"".join(self._since)
                if os.write(descriptor, since) != len(since):
                    raise _disk_full()
                os.replace(temporary, self.path)
            except OSError:
                os.close(descriptor)
                raise
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor, self._size, self._needed = descriptor, len(first) + len(since), len(first)
            self._rewrite, self._since, self.failure = None, [], None
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Brings everything onto the disk and lets go of the file."""
        self._ended.set()
        self._unsynced.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._descriptor >= 0:
            self._work()
            os.close(self._descriptor)
            self._descriptor = -1
        if self._lock_descriptor >= 0:
            os.close(self._lock_descriptor)
            self._lock_descriptor = -1
