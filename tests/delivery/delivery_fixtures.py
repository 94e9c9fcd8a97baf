"""One small session, delivered once; every test works on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from delivery_material import write_session

from engine.delivery.deliver import Order, deliver
from engine.report.deliver import DeliverReport
from engine.session.files import load_session


@pytest.fixture(scope="session")
def made_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that nobody changes."""
    return write_session(tmp_path_factory.mktemp("made") / "süß song")


@pytest.fixture(scope="session")
def delivered_once(made_session: Path) -> DeliverReport:
    """The delivery that tests copy."""
    return deliver(order_of(made_session, made_session.parent.parent / "out"))


@pytest.fixture
def delivery(delivered_once: DeliverReport, tmp_path: Path) -> Path:
    """A copy of the delivered folder, somewhere else."""
    return Path(shutil.copytree(delivered_once.folder, tmp_path / "elsewhere"))


@pytest.fixture
def make_order(tmp_path: Path) -> Callable[..., Order]:
    """An order for a session of this test alone."""
    session = write_session(tmp_path / "own")
    return lambda **more: order_of(session, **{"folder": tmp_path / "out", **more})


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a few bytes, where a test is about something else: drawing takes most of a delivery."""
    for name in ("html_of", "pdf_of"):
        monkeypatch.setattr(f"engine.delivery.contents.{name}", lambda document: document.title.encode())


def order_of(session: Path, folder: Path, **more: Any) -> Order:
    """What `stemlathe deliver` makes of its arguments."""
    return Order(load_session(session), session.read_text(encoding="utf-8"), folder, **more)
