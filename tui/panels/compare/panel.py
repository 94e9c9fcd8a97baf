"""The compare panel: what can be heard, level-matched, and how the master's tone differs from the mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.link.document import Document, Match
from engine.link.records import Source, State
from engine.units import NEGATIVE_INFINITY, level_text, number_text
from tui.actions.registry import Action
from tui.controls.asking import Asking
from tui.controls.listening import listen_to
from tui.controls.state import LETTERS
from tui.controls.tracks import references, track_of_heard
from tui.display.cells import Canvas
from tui.glyphs.plot import Plot, frequency_axis, frequency_label, level_axis
from tui.heard import heard_track, spectrum_of_heard, unmatched_words
from tui.panels.compare.balance import BANDS, NOMINAL_HZ, Mean, band_frequency_hz, band_index, difference_db
from tui.panels.sheet import Sheet, put_wrapped
from tui.panels.told import Told
from tui.view import View
from tui.work.codec import CodecListening

_LIST_SHARE, _LIST_MINIMUM, _LIST_MAXIMUM = 0.42, 38, 56
_RANGES_DB = (3.0, 6.0, 12.0, 24.0)
#: So often a second a spectrum is taken in.
_LISTENING_HZ = 10.0
#: Most redraws of the picture a second.
_PICTURES_HZ = 2.0
#: Below so much of each, what was heard says little, s.
_ENOUGH_S = 10.0

_SOURCES = (
    (Source.PROCESSED, "processed", "the master", "processed_lufs", None),
    (Source.DRY, "dry", "the stems as they came", "dry_lufs", "dry_db"),
    (Source.REFERENCE, "reference", "the mix", "reference_lufs", "reference_db"),
    (Source.RESIDUAL, "residual", "stems minus mix", None, None),
    (Source.CODEC, "codec", "", None, None),
)


@dataclass(frozen=True, slots=True)
class Tone:
    """What is known of the tonal difference.

    Attributes:
        bands_db: master minus reference per third octave; None where nothing is known.
        origin: where the figures come from, a sentence.
    """

    bands_db: Sequence[float | None]
    origin: str


class ComparePanel:
    """Chooses what is heard; shows levels and the tonal difference.

    Args:
        codec: has made what codecs give back.

    Attributes:
        actions: its own stand in the common registry.
    """

    actions: tuple[Action, ...] = ()

    def __init__(self, codec: CodecListening) -> None:
        self._codec = codec
        self._sheet = Sheet()
        self._heard = {Source.PROCESSED: Mean(), Source.REFERENCE: Mean()}
        self._revision: Any = None
        self._listened = -1

    def rows(self, view: View) -> int:
        """Sources and snapshots."""
        return len(_SOURCES) + len(LETTERS)

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Sources, then snapshots, for `/`."""
        held = {letter: view.document.snapshots.get(letter) for letter in LETTERS}
        told = {letter: stored.label or "empty" if stored else "empty" for letter, stored in held.items()}
        own = [(name, about) for _, name, about, _, _ in _SOURCES]
        return [*own, *((f"snapshot {letter}", about) for letter, about in told.items())]

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Listens to the chosen row."""
        if name == "codec":
            self._codec.perform(argument, view, controls)
            return True
        if name != "choose_source":
            return False
        row = min(view.focus.row, self.rows(view) - 1)
        if row < len(_SOURCES) and _SOURCES[row][0] is Source.CODEC:
            self._codec.perform("", view, controls)
        elif row < len(_SOURCES):
            listen_to(controls, view, _SOURCES[row][0])
        else:
            controls.perform("snapshot", LETTERS[row - len(_SOURCES)])
        return True

    def told(self, view: View) -> Told:
        """What is drawn, in words; the tone as the octaves in which it differs most."""
        self._listen(view)
        transport, match = view.snapshot.transport, view.document.match
        rows = []
        for source, name, about, lufs, difference in _SOURCES:
            help_ = self._codec.state if source is Source.CODEC else about
            level, gain = (_of(match, key) for key in (lufs, difference))
            parts = [name, help_]
            parts += [] if level is None else [f"{level:.1f} LUFS"]
            parts += [] if gain is None else [f"{_signed(-gain)} dB louder"]
            parts += ["heard now"] if transport.source is source else []
            rows.append(", ".join(parts))
        snapshots = view.document.snapshots
        for index, letter in enumerate(LETTERS):
            stored = snapshots.get(letter)
            label = f"state {stored.revision} {stored.label}" if stored else "empty"
            now = ", heard now" if transport.snapshot == index else ""
            rows.append(f"snapshot {letter}, {label.strip()}{now}")
        lines = [_heard_at(view)]
        tone = self.tone(view)
        if tone is not None:
            known = [(value, index) for index, value in enumerate(tone.bands_db) if value is not None]
            heard = track_of_heard(view) if _track_tone(view) is not None else None
            lines += [f"tone against {heard.name if heard else 'the mix'}: {_in_words(known)}", tone.origin]
        return Told("compare", lines, rows, min(view.focus.row, len(rows) - 1))

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: what a codec gave back is heard when it is there."""
        self._codec.follow(view, controls)

    def draw(self, canvas: Canvas, view: View) -> None:
        """Shows the comparison."""
        self._listen(view)
        document, transport = view.document, view.snapshot.transport
        known = (
            (document.match, document.match_old),
            document.snapshots,
            (transport.source, transport.snapshot, _heard_at(view)),
            view.focus.row,
            view.session is None or view.session.reference is None,
            document.target,
            tuple(references(view)),
            track_of_heard(view),
            self._codec.key(),
        )
        slot = int(view.now_s * _PICTURES_HZ)
        if not self._sheet.is_due(canvas, "page", (known, self._tone_key(view, slot))):
            return
        page = self._sheet.page(canvas)
        left = min(max(int(canvas.width * _LIST_SHARE), _LIST_MINIMUM), _LIST_MAXIMUM, canvas.width)
        _draw_rows(page.part(0, 0, left, canvas.height), view, self._codec.state)
        for y in range(canvas.height):
            page.put(left, y, "│", "border")
        self._draw_tone(page.part(left + 2, 0, canvas.width - left - 2, canvas.height), left + 2, view)
        self._sheet.show(canvas)

    # -- the tonal difference -------------------------------------------------------------------------

    def _listen(self, view: View) -> None:
        """Takes in the spectrum of what is heard: the fallback where the engine has not measured the song."""
        transport, slot = view.snapshot.transport, int(view.now_s * _LISTENING_HZ)
        revision = (view.document.revision, view.document.target, view.document.version)
        if revision != self._revision:
            self._revision, self._heard[Source.PROCESSED] = revision, Mean()
        mean = self._heard.get(transport.source)
        if mean is not None and slot != self._listened and transport.state is State.PLAYING:
            mean.add(view.snapshot.master.spectrum_dbfs[:BANDS])
        self._listened = slot

    def _tone_key(self, view: View, slot: int) -> Any:
        if _measured(view.document) is not None:
            # measured lists only change with the document
            document = view.document
            return document.master_spectrum_dbfs, document.reference_spectrum_dbfs, document.match_old
        return slot if view.snapshot.transport.state is State.PLAYING else "still"

    def tone(self, view: View) -> Tone | None:
        """The tonal difference as far as it is known: of the whole song, else of what was heard."""
        match = view.document.match
        track = _track_tone(view)
        if track is not None:
            return track
        measured = _measured(view.document)
        if measured is not None:
            louder = _louder(match.processed_lufs, match.reference_lufs)
            old = "; of before the newest edits" if view.document.match_old else ""
            return Tone(difference_db(*measured, louder), f"over the whole song, equally loud{old}")
        master, reference = self._heard[Source.PROCESSED], self._heard[Source.REFERENCE]
        if not master.count or not reference.count:
            return None
        seconds = [mean.count / _LISTENING_HZ for mean in (master, reference)]
        text = f"of what was heard: {seconds[0]:.0f} s of the master, {seconds[1]:.0f} s of the mix"
        if min(seconds) < _ENOUGH_S:
            text += "; hear the same part of both (a loop, and b)"
        return Tone(difference_db(master.levels_dbfs(), reference.levels_dbfs()), text)

    def _draw_tone(self, canvas: Canvas, left: int, view: View) -> None:
        other = "track" if _track_tone(view) is not None else "mix"
        canvas.put(0, 0, f"MASTER MINUS {other.upper()}, THIRD OCTAVES, dB", "label", canvas.width)
        if other == "mix" and view.session is not None and view.session.reference is None:
            put_wrapped(canvas, 0, 2, "the session has no reference mix to compare with", "dim", 2)
            return
        tone = self.tone(view)
        if tone is None:
            text = "play, and press b: what is heard of the master and of the mix is gathered and compared"
            put_wrapped(canvas, 0, 2, text, "dim", 3)
            return
        known = [(value, index) for index, value in enumerate(tone.bands_db) if value is not None]
        size = max((abs(value) for value, _ in known), default=0.0)
        reach_db = next((reach for reach in _RANGES_DB if size <= reach), _RANGES_DB[-1])
        height = canvas.height - 1 - 4
        if height >= 5:
            x = frequency_axis(
                canvas.width - 4, band_frequency_hz(0) * 0.9, band_frequency_hz(BANDS - 1) * 1.1
            )
            plot = Plot(canvas.width, height, x, level_axis(height - 1, -reach_db, reach_db)).grid()
            plot.area(_half_cells(plot, tone.bands_db), "reference")
            plot.draw_labels(canvas.part(0, 1, canvas.width, height))
            self._sheet.paste(left + plot.left, 1, *plot.lines())
        y = max(1, canvas.height - 4)
        y += put_wrapped(canvas, 0, y, tone.origin, "dim", 2)
        put_wrapped(canvas, 0, y, _in_words(known), "text", canvas.height - y)


def _track_tone(view: View) -> Tone | None:
    """The difference to the track that is heard, where both were measured."""
    levels, master = spectrum_of_heard(view), view.document.master_spectrum_dbfs
    heard = track_of_heard(view)
    if heard is None or levels is None or not master or len(levels) != BANDS or len(master) != BANDS:
        return None
    both = [
        [NEGATIVE_INFINITY if level is None else float(level) for level in one] for one in (master, levels)
    ]
    louder = _louder(view.document.match.processed_lufs, heard.integrated_lufs)
    return Tone(difference_db(both[0], both[1], louder), f"against {heard.name}, equally loud")


def _of(match: Match, name: str | None) -> float | None:
    """A value of the match by its name; None: not known, or there is none."""
    value: float | None = getattr(match, name) if name else None
    return value


def _louder(own_lufs: float | None, other_lufs: float | None) -> float | None:
    """How much louder one is than the other, LU; None: not known."""
    return None if own_lufs is None or other_lufs is None else own_lufs - other_lufs


def _measured(document: Document) -> tuple[list[float], list[float]] | None:
    """The spectra over the song, where the engine has both; null is silence."""
    lists = [document.master_spectrum_dbfs, document.reference_spectrum_dbfs]
    if any(not values or len(values) != BANDS for values in lists):
        return None
    master, reference = (
        [NEGATIVE_INFINITY if level is None else float(level) for level in values or ()] for values in lists
    )
    return master, reference


def _half_cells(plot: Plot, bands_db: Sequence[float | None]) -> list[float | None]:
    """The band of every half cell."""
    places = 2 * plot.cells
    values: list[float | None] = []
    for place in range(places):
        index = band_index(plot.x.value((place + 0.5) / places))
        values.append(bands_db[index] if 0 <= index < len(bands_db) else None)
    return values


def _in_words(known: Sequence[tuple[float, int]]) -> str:
    """The largest differences up and down as figures."""
    up, down = max(known, default=(0.0, 0)), min(known, default=(0.0, 0))
    # where all bands go one way, the least of them is no large one
    up, down = max(up, (0.0, 0)), min(down, (0.0, 0))
    parts = [
        f"{level_text(value, 'dB', signed=True)} at {_frequency(NOMINAL_HZ[index])}"
        for value, index in (up, down)
        if abs(value) >= 0.05
    ]
    if not parts:
        return "no band differs by 0.1 dB: the tone is the same"
    return f"largest: {', '.join(dict.fromkeys(parts))}"


def _frequency(frequency_hz: float) -> str:
    """`250 Hz`, `3.15 kHz`."""
    label = frequency_label(frequency_hz)
    return f"{label[:-1]} kHz" if label.endswith("k") else f"{label} Hz"


def _heard_at(view: View) -> str:
    matched_db = view.snapshot.transport.match_db
    matched_db = 0.0 if matched_db != matched_db else matched_db
    return unmatched_words(view) or f"heard at {_signed(matched_db)} dB"


def _draw_rows(canvas: Canvas, view: View, codec: str) -> None:
    transport, match = view.snapshot.transport, view.document.match
    used = canvas.put(1, 0, "COMPARE", "title") + 2
    old = view.document.match_old
    if old:
        canvas.put(used, 0, "~ of before the newest edits", "warn", max(0, canvas.width - used - 18))
    text = _heard_at(view)
    canvas.put(max(10, canvas.width - len(text) - 1), 0, text, "accent")
    canvas.put(3, 1, "source".ljust(12) + "LUFS".rjust(7) + "louder by".rjust(12), "label", canvas.width - 3)
    chosen = min(view.focus.row, len(_SOURCES) + len(LETTERS) - 1)
    for index, (source, name, about, lufs, difference) in enumerate(_SOURCES):
        help_ = codec if source is Source.CODEC else about
        heard = transport.source is source
        level = _of(match, lufs)
        # the document tells what makes the other as loud as the master
        gain = _of(match, difference)
        columns = (
            name.ljust(12)
            + ("—" if level is None else f"{'~' * old}{number_text(level)}").rjust(7)
            + ("—" if gain is None else f"{_signed(-gain)} dB").rjust(12)
        )
        _draw_row(canvas, 2 + index, columns, help_, heard=heard, chosen=index == chosen)
    y = 3 + len(_SOURCES)
    canvas.put(3, y, "snapshots", "label")
    snapshots = view.document.snapshots
    for index, letter in enumerate(LETTERS):
        stored = snapshots.get(letter)
        label = f"state {stored.revision}  {stored.label}" if stored else "empty"
        heard = transport.snapshot == index
        row = len(_SOURCES) + index
        _draw_row(canvas, y + 1 + index, f"{letter}  {label}", "", heard=heard, chosen=row == chosen)
    _draw_notes(canvas, y + 2 + len(LETTERS), view)


def _draw_notes(canvas: Canvas, y: int, view: View) -> None:
    notes = ["the louder one is turned down, so that neither wins by its level"]
    target = view.document.target
    if target:
        notes.append(f"snapshots: each is solved for {target}: equally loud once that is done")
    else:
        notes.append("snapshots at their own level: with a target (t) each is solved for it")
    heard = track_of_heard(view)
    tracks = references(view)
    if heard is not None and heard not in tracks:
        tracks.append(heard)
    for one in tracks:
        level = level_text(one.integrated_lufs, "LUFS")
        mark = "♪" if one.path == heard_track(view) else " "
        canvas.put(1, y, f"{mark} {one.name}: {one.problem or level}", "text", canvas.width - 2)
        y += 1
    if tracks:
        notes.insert(0, "* goes through the tracks, a back to the song")
    for note in notes:
        y += put_wrapped(canvas, 1, y, note, "dim", min(3, canvas.height - y))


def _draw_row(canvas: Canvas, y: int, text: str, help_: str, *, heard: bool, chosen: bool) -> None:
    ground = " on selected" if chosen else ""
    canvas.put(0, y, "▸" if chosen else " ", f"bold focus{ground}")
    canvas.put(1, y, "♪ " if heard else "  ", f"bold accent{ground}")
    style = f"bold text{ground}" if heard else f"text{ground}"
    canvas.put(3, y, text, style, canvas.width - 4)
    start = 3 + len(text) + 2
    if help_ and canvas.width - 1 - start >= len(help_):
        canvas.put(start, y, help_, f"dim{ground}")


def _signed(value_db: float) -> str:
    return number_text(value_db, signed=round(value_db, 1) != 0.0)
