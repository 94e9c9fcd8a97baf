"""What consoles can ask for, and how it is done: one method per command."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.link.failures import MessageRefused
from engine.link.snapshot import NO_CLOSE_UP
from engine.processes import edit_files
from engine.processes.host import Command
from engine.server import listening
from engine.server.bounds import LONGEST_LABEL, require_bounded
from engine.server.closeup import Look
from engine.server.codec import codec_listening, discard, discard_forgotten
from engine.server.level_match import apply_match
from engine.server.linking import require_groups
from engine.server.markers import beside, fresh_name, named
from engine.server.outbox import Outbox
from engine.server.session_file import FileCommands
from engine.session.editing import Change, parse_key
from engine.session.playback import system_named
from engine.session.reading import KeyPath

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState


class Commands:
    """Carries commands out.

    Args:
        engine: its state.
        outbox: answers them.
        changes: bring the live session into the player.
        files: those that have to do with files.
    """

    def __init__(
        self, engine: EngineState, outbox: Outbox, changes: ChangeApplier, files: FileCommands
    ) -> None:
        self._engine, self._outbox, self._changes = engine, outbox, changes
        names = (
            *("edit", "move_stem", "undo", "redo", "history", "rendered", "snapshot", "link"),
            *("play", "pause", "seek", "loop", "marker", "listen", "monitor", "translate", "look"),
            *("target", "version", "device", "reset", "stop"),
        )
        self._table: Mapping[str, Callable[[Command], None]] = {
            "save": files.save,
            "replace": files.replace,
            **{name: getattr(self, f"_{name}") for name in names},
        }

    def carry_out(self, commands: Sequence[Command]) -> None:
        """Carries out what has come in, in order; settings in a row are one change."""

        def group(command: Command) -> tuple[bool, int]:
            return command.message.kind == "set", id(command.client)

        for (are_settings, _), members in itertools.groupby(commands, group):
            if are_settings:
                self._set(list(members))
                continue
            for command in members:
                self._outbox.guard(command, self._table[command.message.kind])

    def _audio(self) -> AudioUnit:
        audio = self._engine.audio
        if audio is None:
            failure = self._engine.failure
            raise MessageRefused(
                "nothing is loaded" if failure is None else failure.message, kind="not_loaded"
            )
        return audio

    def _with_player(
        self, command: Command, job: Callable[[AudioUnit], Any], then: Callable[[], None] = lambda: None
    ) -> None:
        """Moves the player in its own thread, then takes note and answers."""
        audio = self._audio()
        self._engine.workers.player.do(
            lambda: job(audio), self._outbox.answer(command, lambda _result: then())
        )

    # -------------------------------------------------------------------------------- edits

    def _set(self, commands: list[Command]) -> None:
        """Sets values as one step; where one is refused, each for itself."""
        if len(commands) == 1:
            self._outbox.guard(commands[0], self._set_one)
            return
        try:
            latest = {self._key(command): command for command in commands}
            bases = [command.message.revision for command in commands if command.message.revision is not None]
            self._change(
                [_bounded(key, command.message.payload["value"]) for key, command in latest.items()],
                commands[0].client,
                min(bases, default=None),
            )
        except StemlatheError:
            for command in commands:
                self._outbox.guard(command, self._set_one)
            return
        self._changes.follow(*commands)

    @staticmethod
    def _key(command: Command) -> tuple[str | int, ...]:
        return _key_of(command.message.payload["path"])

    def _set_one(self, command: Command) -> None:
        change = _bounded(self._key(command), command.message.payload["value"])
        self._change([change], command.client, command.message.revision)
        self._changes.follow(command)

    def _change(self, changes: Sequence[Change], client: object, base: int | None) -> None:
        """Sets values: they are heard first, then the text is edited and the journal written."""
        live = self._engine.live
        self._changes.hear(live.foreseen(changes, client=client, base=base))
        try:
            live.change(changes, client=client, base=base)
        except StemlatheError:
            self._changes.follow()  # what was heard is not to be
            raise

    def _edit(self, command: Command) -> None:
        label, changes = _edit_of(edit_files.take(command.message.payload["reference"]))
        self._engine.live.change(changes, client=command.client, base=command.message.revision, label=label)
        self._changes.follow(command)

    def _move_stem(self, command: Command) -> None:
        wishes, revision = command.message.payload, command.message.revision
        self._engine.live.move_stem(wishes["stem"], wishes["to"], client=command.client, base=revision)
        self._changes.follow(command)

    def _undo(self, command: Command) -> None:
        self._engine.live.undo(client=command.client)
        self._changes.follow(command)

    def _redo(self, command: Command) -> None:
        self._engine.live.redo(client=command.client)
        self._changes.follow(command)

    def _history(self, command: Command) -> None:
        self._engine.live.go(command.message.payload["revision"], client=command.client)
        self._changes.follow(command)

    def _snapshot(self, command: Command) -> None:
        letter, live = command.message.payload["letter"], self._engine.live
        if command.message.payload["action"] == "store":
            live.store_snapshot(letter)
            self._engine.document_changed()
            self._outbox.done(command)
        else:
            live.recall_snapshot(letter, client=command.client)
            self._changes.follow(command)

    def _link(self, command: Command) -> None:
        live = self._engine.live
        live.set_value("links", require_groups(command.message.payload["groups"], live.session))
        self._engine.document_changed()
        self._outbox.done(command)

    def _rendered(self, command: Command) -> None:
        engine, revision = self._engine, command.message.payload["revision"]
        if revision not in engine.live.book.tree.steps:
            raise MessageRefused(f"there is no state {revision}", kind="no_revision")
        engine.live.set_value("rendered", revision)
        engine.document_changed()
        self._outbox.done(command)

    # ---------------------------------------------------------------------------- transport

    def _play(self, command: Command) -> None:
        self._with_player(command, lambda audio: audio.player.play())

    def _pause(self, command: Command) -> None:
        self._with_player(command, lambda audio: audio.player.pause())

    def _seek(self, command: Command) -> None:
        self._seek_to(command, command.message.payload["position_frames"])

    def _seek_to(self, command: Command, frames: int) -> None:
        live = self._engine.live
        self._with_player(
            command,
            lambda audio: audio.player.seek(frames),
            lambda: live.set_value("position", max(0, frames)),
        )

    def _loop(self, command: Command) -> None:
        wishes, live, audio = command.message.payload, self._engine.live, self._audio()
        song, loop = audio.player.song_frames, live.book.loop
        start = wishes.get("start_frames", max(loop.start_frames, 0))
        end = wishes.get("end_frames", loop.end_frames if loop.end_frames >= 0 else song)
        if start >= end and "end_frames" not in wishes:
            end = song
        if start >= end and "start_frames" not in wishes:
            start = 0
        on = bool(wishes.get("on", loop.on))
        end = min(end, song) if "end_frames" not in wishes else end
        event = {"e": "loop", "on": on, "start": start, "end": end}
        if not on and not 0 <= start < end <= song:
            raise MessageRefused("the loop is empty or outside the song", kind="bad_loop")
        self._with_player(
            command, lambda audio: audio.player.set_loop(on, start, end), lambda: live.record(event)
        )

    def _marker(self, command: Command) -> None:
        engine, live, wishes = self._engine, self._engine.live, command.message.payload
        action, markers = wishes["action"], live.book.markers
        audio = self._audio()
        here = audio.player.position_frames
        if action in ("next", "previous"):
            self._seek_to(command, beside(markers, here, action, audio.player.sample_rate))
            return
        if action == "jump":
            self._seek_to(command, named(markers, wishes, here))
            return
        if action == "set":
            frames = min(max(wishes.get("position_frames", here), 0), audio.player.song_frames)
            name = wishes.get("name") or markers.get(frames) or fresh_name(markers)
            live.record({"e": "marker", "frames": frames, "name": name})
        else:
            live.record({"e": "marker", "frames": named(markers, wishes, here), "name": None})
        engine.document_changed()
        self._outbox.done(command)

    # ---------------------------------------------------------------------------- listening

    def _listen(self, command: Command) -> None:
        if command.message.payload["source"] == "codec":
            self._take_codec(command)
        listening.listen(self._engine, command)
        apply_match(self._engine, switched=True)
        self._changes.follow(command)

    def _take_codec(self, command: Command) -> None:
        """What a codec gave back may be another file from now on; the former one is let go of."""
        engine = self._engine
        former, engine.codec = engine.codec, codec_listening(command.message.payload, engine.codec)
        audio = engine.audio
        if former is not None and former.sound.path != engine.codec.sound.path and audio is not None:
            sound = former.sound
            engine.workers.player.do(lambda: audio.forget(sound.path), lambda *_: discard(sound))
        discard_forgotten()

    def _monitor(self, command: Command) -> None:
        state = self._engine.monitor.change(command.message.payload)
        self._audio().set_monitor(state)
        self._outbox.done(command)

    def _look(self, command: Command) -> None:
        payload = command.message.payload
        strip = NO_CLOSE_UP.strip if payload["stem"] is None else max(payload["stem"], NO_CLOSE_UP.strip)
        self._engine.looking = Look(strip, payload.get("image", False), payload.get("stems", False))
        self._outbox.done(command)

    def _translate(self, command: Command) -> None:
        engine, audio, name = self._engine, self._audio(), command.message.payload["system"]

        def choose() -> None:
            audio.player.set_translation(None if name is None else system_named(name))

        def then(_result: Any, failure: Exception | None) -> None:
            if failure is None:
                engine.translation = name or ""
                engine.hurry("snapshot")
                self._outbox.done(command)
            else:
                self._outbox.refuse(command, failure)

        # a file is read and filters are designed: edits of the session need not wait for that
        engine.workers.files.do(choose, then)

    def _target(self, command: Command) -> None:
        engine = self._engine
        engine.live.choose_target(command.message.payload["deliverable"])
        engine.drive_db = engine.live.book.drive.get(engine.live.book.target or "", engine.drive_db)
        self._changes.follow(command)

    def _version(self, command: Command) -> None:
        self._engine.live.choose_version(command.message.payload["version"])
        self._changes.follow(command)

    def _device(self, command: Command) -> None:
        engine, audio, wanted = self._engine, self._audio(), command.message.payload["device"]

        def then(chosen: Any) -> None:
            engine.live.set_value("device", chosen)
            engine.document_changed()

        engine.workers.device.do(lambda: audio.select_device(wanted), self._outbox.answer(command, then))

    def _reset(self, command: Command) -> None:
        self._engine.meters.master.reset()
        self._engine.host.ticks.reset()
        self._outbox.done(command)

    def _stop(self, command: Command) -> None:
        self._outbox.done(command)
        self._engine.is_ending = True


def _key_of(text: str) -> tuple[str | int, ...]:
    try:
        key = parse_key(text)
    except ValueError as error:
        raise MessageRefused(str(error), kind="bad_payload") from error
    if not key:
        raise MessageRefused("an empty key path names nothing", kind="bad_payload")
    return key


def _bounded(key: KeyPath, value: Any) -> Change:
    require_bounded([(key, value)])
    return key, value


def _edit_of(content: bytes) -> tuple[str | None, list[Change]]:
    """Label and changes of an edit file.

    Raises:
        MessageRefused: it is not of that form (kind `bad_payload`).
    """
    try:
        edit = json.loads(content)
        label = edit.get("label")
        changes = [(_key_of(path), value) for path, value in edit["changes"]]
        require_bounded(changes)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MessageRefused(f"the edit cannot be read: {error}", kind="bad_payload") from error
    return (label[:LONGEST_LABEL] if isinstance(label, str) and label else None), changes
