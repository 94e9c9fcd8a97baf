"""The approval page, in a real browser without a network where there is one."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from album_material import MadeAlbum

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ANSWER_S = 120.0


class Browser:
    """A headless browser, spoken to over two pipes (Chrome DevTools Protocol)."""

    def __init__(self, folder: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run"]
        options += ["--autoplay-policy=no-user-gesture-required", "--remote-debugging-pipe"]
        options += ["--disable-dev-shm-usage"]
        options += ["--disable-audio-output"]  # a clock instead: a sound server may be there and stand still
        options += ["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"]
        options += ["--disable-component-update", "--disable-sync", "--disable-quic"]
        assert BROWSER is not None

        def hand_over() -> None:
            os.dup2(theirs_in, 103)
            os.dup2(theirs_out, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self._process = subprocess.Popen(
            [BROWSER, *options, f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=hand_over,
            pass_fds=(3, 4, theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest = 0, b""
        self.requests: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = ""
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.call("Network.enable")
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if getattr(self, "_session", ""):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("method") == "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"]["url"])
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], ANSWER_S)
            assert ready, f"the browser has said nothing for {ANSWER_S:g} s"
            more = os.read(self._in, 1 << 16)
            assert more, "the browser has gone"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def run(self, script: str) -> Any:
        """What an asynchronous function of that body returns."""
        found = self.call(
            "Runtime.evaluate",
            expression=f"(async () => {{ {script} }})()",
            awaitPromise=True,
            returnByValue=True,
            timeout=1000 * ANSWER_S,
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def close(self) -> None:
        self._session = ""
        try:
            self.call("Browser.close")
            self._process.wait(ANSWER_S)
        finally:
            self._process.kill()
        os.close(self._out)
        os.close(self._in)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path / "profile")
    yield made
    made.close()


@pytest.mark.skipif(BROWSER is None, reason="there is no browser")
def test_the_album_plays_in_its_order_with_its_gaps(made: MadeAlbum, browser: Browser) -> None:
    pytest.importorskip("av")
    browser.call("Page.navigate", url=(made.folder / "approval.html").as_uri())
    length_s = browser.run(
        """
        while (document.readyState !== "complete") await new Promise((done) => setTimeout(done, 20));
        const audio = document.querySelector("audio");
        while (!(audio.duration > 0)) await new Promise((done) => setTimeout(done, 20));
        return audio.duration;
        """
    )
    assert length_s == pytest.approx(made.report.album.duration_s, abs=0.1)
    cells = 'document.querySelectorAll("tr[data-track] code")'
    lines = browser.run(f"return [...{cells}].map((one) => one.getClientRects().length)")
    assert lines == [1, 1, 1, 1]  # an ISRC is read as one word
    seen = browser.run(
        """
        const audio = document.querySelector("audio");
        const seen = [];
        const look = () => {
          const row = document.querySelector('tr[aria-current="true"]');
          if (row && seen.at(-1)?.track !== row.dataset.track)
            seen.push({ track: row.dataset.track, at: audio.currentTime, start: Number(row.dataset.start) });
        };
        audio.addEventListener("timeupdate", look);
        audio.playbackRate = 4;
        await audio.play();
        await new Promise((done) => audio.addEventListener("ended", done));
        return seen;
        """
    )
    assert [one["track"] for one in seen] == ["1", "2", "3", "4"]
    for one, told in zip(seen, made.report.tracks, strict=True):
        assert one["start"] == pytest.approx(told.start_s, abs=1e-6)
        assert -0.05 <= one["at"] - one["start"] < 2.5  # the browser tells the time every quarter second
    at_s = browser.run(
        """
        document.querySelectorAll("tr[data-track] button")[2].click();
        const audio = document.querySelector("audio");
        await new Promise((done) => audio.addEventListener("seeked", done));
        audio.pause();
        return audio.currentTime;
        """
    )
    assert at_s == pytest.approx(made.report.tracks[2].start_s, abs=0.3)
    assert [url for url in browser.requests if not url.startswith(("file:", "blob:", "data:"))] == []


def test_the_page_says_what_the_report_says(made: MadeAlbum) -> None:
    page = (made.folder / "approval.html").read_text(encoding="utf-8")
    plain = re.sub(r'<script type="text/plain"[^<]*</script>', "", page)
    assert not re.search(r"https?:|src=|@import|<link", plain.replace("media-src", "").replace("img-src", ""))
    for track in made.report.tracks:
        assert track.isrc is not None
        assert track.isrc in plain
        assert f'data-start="{track.start_s:.6f}"' in plain
    assert made.report.ddp[0].md5 in plain
    assert "cross-fade of 1.00 s" in plain
    pauses = re.findall(r"pause of ([\d.]+) s", plain)  # of silence, wherever the marks lie
    assert len(pauses) == 1
    assert 1.5 <= float(pauses[0]) < 1.5 + 1 / 75
    assert plain.count("<polyline") == 4
    sums = (made.folder / "SHA256SUMS").read_text().splitlines()
    hashes = {line.partition("  ")[2]: line.partition("  ")[0] for line in sums}
    assert all(value in plain for name, value in hashes.items() if name != "approval.html")


def test_no_clock_and_no_path_of_this_machine(made: MadeAlbum) -> None:
    """The same album is the same page, whenever and wherever it is made."""
    page = (made.folder / "approval.html").read_text(encoding="utf-8")
    plain = re.sub(r'<script type="text/plain"[^<]*</script>', "", page)
    assert str(made.folder.parent) not in plain
    assert not re.search(r"\b20[2-9]\d-\d\d-\d\d\b", plain)
