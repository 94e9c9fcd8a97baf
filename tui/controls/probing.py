"""Listening into a chain: what a processor changes, and one band alone."""

from __future__ import annotations

from collections.abc import Mapping

from engine.link.records import Source
from engine.session.files import parse_key
from engine.session.model import Processor
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath, key_text
from tui.controls.asking import Asking, Handler
from tui.controls.places import base_path, chain_of, strip_name
from tui.heard import ONE_BAND
from tui.view import MASTER, Panel, View


def _chosen(controls: Asking, view: View, argument: str) -> int | None:
    """The processor that is meant: named, chosen in the editor, or the only one; says why there is none."""
    assert view.session is not None
    chain, name = chain_of(view.session, view.focus.stem), strip_name(view.session, view.focus.stem)
    wanted = argument.lower().replace(" ", "").replace("-", "")
    named = [place for place, one in enumerate(chain) if wanted and _is_called(one, wanted)]
    if len(named) > 1:  # of several the one that works is meant
        named = [place for place in named if chain[place].enabled] or named
    if wanted and len(named) != 1:
        there = ", ".join(dict.fromkeys(one.type for one in chain)) or "none"
        how = "several of" if named else "no"
        controls.say(f"{name} has {how} '{argument}': its processors are {there}", "error")
        return None
    if named:
        return named[0]
    if not chain:
        controls.say(f"{name} has no processor to listen to: e edits its chain")
        return None
    if view.focus.panel is Panel.CHAIN and 0 <= view.focus.processor < len(chain):
        return view.focus.processor
    if len(chain) == 1:
        return 0
    kinds = ", ".join(dict.fromkeys(one.type for one in chain))
    controls.say(f"{len(chain)} processors: name one ({kinds}), or choose it in the chain (e)")
    return None


def _is_called(processor: Processor, wanted: str) -> bool:
    title = PROCESSORS[processor.type].title.lower().replace(" ", "").replace("-", "")
    return processor.type.startswith(wanted) or title.startswith(wanted)


def delta(controls: Asking, view: View, argument: str) -> None:
    """Listens to what the chosen processor removes or adds; once more, to the song again."""
    if view.session is None:
        return
    place = _chosen(controls, view, argument)
    if place is None:
        return
    if not chain_of(view.session, view.focus.stem)[place].enabled:
        controls.say("it is off and changes nothing: x switches it on", "warning")
    _listen(controls, view, Source.DELTA, place, -1)


def band_alone(controls: Asking, view: View, argument: str) -> None:
    """Listens to the chosen band alone, or to what the de-esser hears; once more, to the song again."""
    if view.session is None:
        return
    kind, _, number = argument.rpartition(" ")
    if argument and not number.isdecimal():
        kind, number = argument, ""
    place = _chosen(controls, view, kind)
    if place is None:
        return
    processor = chain_of(view.session, view.focus.stem)[place]
    bands = processor.values.get("bands", ())
    if processor.type == ONE_BAND:
        _listen(controls, view, Source.BAND, place, 0)
        return
    if not bands:
        controls.say(f"a {processor.type} has no bands: delta lets its work be heard")
        return
    band = int(number) - 1 if number else _band_of(view.focus.key)
    if not number and place != view.focus.processor:
        band = None
    if band is None and len(bands) == 1:
        band = 0
    if band is None or not 0 <= band < len(bands):
        controls.say(f"the {processor.type} has {len(bands)} bands: choose one, or type its number")
        return
    _listen(controls, view, Source.BAND, place, band)


def _band_of(key: str) -> int | None:
    """The band that the focus lies in."""
    path = parse_key(key) if key else ()
    return path[1] if len(path) > 1 and path[0] == "bands" and isinstance(path[1], int) else None


def _listen(controls: Asking, view: View, source: Source, place: int, band: int) -> None:
    assert view.session is not None
    stem = view.focus.stem
    name = None if stem == MASTER else view.session.stems[stem].name
    now = view.document.listening
    same = now is not None and (now.stem, now.processor, now.band) == (name, place, band)
    if view.snapshot.transport.source is source and same:
        back = controls.send("listen", {"source": "processed"})
        controls.expect_state(back, "transport", source=Source.PROCESSED)
        return
    path: KeyPath = (*base_path(view.focus), "chain", place)
    path = path if band < 0 else (*path, "bands", band)
    id = controls.send("listen", {"source": source.name.lower(), "of": key_text(path)})
    controls.expect_state(id, "transport", source=source)


HANDLERS: Mapping[str, Handler] = {"delta": delta, "band_alone": band_alone}
