"""What the verbs share on a terminal: JSON output, progress bars, level text."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from engine.cli.progress_lines import progress_lines
from engine.progress import Progress, silent
from engine.report.plain import as_json
from engine.terminal_text import UNBOUNDED_COLUMNS, json_for_terminals

if TYPE_CHECKING:
    from engine.report.deliver import FileFinding


def print_json(result: Any) -> None:
    """Prints a result as the one JSON document on stdout."""
    document = json.dumps(as_json(result), ensure_ascii=False, allow_nan=False, indent=1)
    print(json_for_terminals(document))


def print_file_findings(findings: Iterable[FileFinding]) -> None:
    """Each finding on a file of a delivery with its fix, wrapped on a terminal."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else UNBOUNDED_COLUMNS
    for finding in findings:
        where = f"{finding.path}: " if finding.path is not None else ""
        text = f"{finding.severity:<8} {where}{finding.message}: {finding.fix}"
        print(textwrap.fill(text, width, subsequent_indent=" " * 9, break_on_hyphens=False))


def joined(items: Iterable[str], indent: int) -> str:
    """`items` with dots between them; on a terminal broken between items, never inside one."""
    # textwrap breaks at ordinary spaces only: the one behind each dot
    kept = (item.replace(" ", "\N{NO-BREAK SPACE}") for item in items)
    text = "\N{NO-BREAK SPACE}· ".join(kept)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else len(text) + indent
    margin = " " * indent
    filled = textwrap.fill(text, width, initial_indent=margin, subsequent_indent=margin)
    return filled.replace("\N{NO-BREAK SPACE}", " ")


def prepare_kernels(progress: Progress) -> None:
    """Compiles the kernels on first use, visibly: with a bar, or with a line where nobody watches."""
    from engine.compiler.cache import why_unusable
    from engine.compiler.warm import ensure_compiled, is_warm

    if (reason := why_unusable()) is not None:
        print(f"stemlathe: kernels are compiled again: the cache is not used: {reason}", file=sys.stderr)
        return  # each when it is first needed: nothing of it would be kept
    if progress is silent and not is_warm():
        print("stemlathe: compiling kernels, once (about 20 s) …", file=sys.stderr, flush=True)
    ensure_compiled(progress)


class TerminalProgress:
    """Progress bars on stderr while a verb works; silent where stderr is no terminal.

    A program that runs the verb gets lines instead of bars (`engine.cli.progress_lines`).
    Use as a context manager; the object given is the `Progress` to hand down.
    """

    def __init__(self) -> None:
        self._lines = progress_lines()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Progress:
        if self._lines is not None:
            return self._lines
        if not sys.stderr.isatty():
            return silent
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        from engine.cli.tables import TerminalConsole

        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=TerminalConsole(to_errors=True),
            transient=True,
        )
        self._bars.start()
        return self._update

    def _update(self, label: str, done: float, total: float) -> None:
        with self._lock:  # two threads may be the first to tell of one step
            task = self._tasks.get(label)
            if task is None:
                task = self._tasks[label] = self._bars.add_task(label, total=total)
        self._bars.update(task, completed=done, total=total, visible=done < total)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()
        if self._lines is not None:
            self._lines.close()
