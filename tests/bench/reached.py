"""Which tests reach a line: a plugin of pytest that writes it down for `mutants.py`.

    STEMLATHE_REACHED=FOLDER python -m pytest -p tests.bench.reached

Each worker writes one JSON file into the folder: of every module the lines, of every line the tests that ran
it in their own process, as pytest calls them, and how long each took. It is kept in memory until the end:
tests that fill disks or change folders do not get in its way. What runs in a process that a test starts is
not seen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_ROOT = Path(__file__).resolve().parents[2]
#: Tests that are kept of a line, per process.
_MOST = 400


class _Plugin:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seconds: dict[str, float] = {}
        self._coverage = coverage.Coverage(data_file=None, source_pkgs=["engine", "tui"], config_file=False)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        found = yield
        self._coverage.switch_context("")
        return found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        numbers: dict[str, int] = {}
        files = {
            str(Path(file).relative_to(_ROOT)): {
                line: [numbers.setdefault(name, len(numbers)) for name in names if name][:_MOST]
                for line, names in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"tests": list(numbers), "seconds": self._seconds, "files": files})
        (self._folder / f"{os.getpid()}.json").write_text(text)


def pytest_configure(config: pytest.Config) -> None:
    """One observer in each process that runs tests, none in the one that only hands them out."""
    folder = os.environ.get("STEMLATHE_REACHED")
    hands_out = not hasattr(config, "workerinput") and config.getoption("numprocesses", None)
    if folder and not hands_out:
        config.pluginmanager.register(_Plugin(Path(folder)))
