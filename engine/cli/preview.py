"""`stemlathe preview`: what the platforms' codecs and mono make of a master."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.session_input import add_stdin, read_session_and_text
from engine.cli.show import TerminalProgress, joined, prepare_kernels, print_json
from engine.cli.yielding import yield_to_playback
from engine.errors import ExitCode, InputError, UsageError
from engine.units import level_text, number_text

if TYPE_CHECKING:
    from engine.report.preview import CodecTrip, FilePreview, FoldBand, FoldDown, PreviewReport

#: Nominal middles of octaves (IEC 61260-1).
_OCTAVES_HZ = (31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="masters, mono or stereo; for --decoded a session",
    )
    parser.add_argument(
        "--codec",
        action="append",
        default=[],
        metavar="NAME",
        help="a platform (spotify, apple-music, youtube …), a family (aac, mp3, opus, vorbis) or an encoding "
        "such as aac-256 (repeatable; default: what any platform uses)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the encoded files there")
    parser.add_argument("--force", action="store_true", help="replace files that are already there")
    parser.add_argument(
        "--decoded",
        type=Path,
        metavar="OUT.wav",
        help="FILE is a session: write what the one --codec makes of its master, to listen to it",
    )
    parser.add_argument("--deliverable", metavar="NAME", help="with --decoded: at its target and ceiling")
    parser.add_argument("--version", default="master", metavar="V", help="with --decoded: this version")
    add_stdin(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0, or 3 when one of several files could not be used.

    Raises:
        InputError: the only file cannot be used.
    """
    from engine.preview.preview import Asked, codecs_of, preview
    from engine.report.preview import UnusablePreview

    codecs = codecs_of(arguments.codec)
    if arguments.decoded is not None:
        return _decode(arguments, codecs)
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = preview(Asked(arguments.files, codecs, arguments.out, arguments.force), progress)
    unusable = [one for one in report.files if isinstance(one, UnusablePreview)]
    if len(unusable) == len(report.files) == 1:
        raise unusable[0].error
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    for one in unusable:
        print(f"stemlathe: {one.error.message}", file=sys.stderr)
    return int(ExitCode.INPUT if unusable else ExitCode.DONE)


def _decode(arguments: argparse.Namespace, codecs: Sequence[str]) -> int:
    """What the console listens to."""
    from engine.preview.listening import Wanted, decode_to_listen

    if len(arguments.files) != 1 or len(codecs) != 1:
        raise UsageError("--decoded: name one session and one --codec, for example aac-256")
    if arguments.decoded.exists() and not arguments.force:
        raise InputError(
            f"{arguments.decoded}: is already there: give --force to replace it, or another name",
            kind="exists",
            path=arguments.decoded,
        )
    [arguments.session] = arguments.files
    session, _ = read_session_and_text(arguments)
    yield_to_playback()
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        wanted = Wanted(
            session, codecs[0], arguments.deliverable, arguments.version, arguments.decoded.absolute()
        )
        decoded = decode_to_listen(wanted, progress)
    if arguments.json:
        print_json(decoded)
    else:
        peak = level_text(decoded.decoded_true_peak_dbtp, "dBTP", 2)
        loudness = level_text(decoded.integrated_lufs, "LUFS", 2)
        print(f"{decoded.codec}: {peak}, {decoded.overs} overs, {loudness}: {decoded.path}")
    return int(ExitCode.DONE)


def print_report(report: PreviewReport) -> None:
    """Each file with its codecs, the ceiling, and mono."""
    from engine.report.preview import FilePreview

    for one in report.files:
        if isinstance(one, FilePreview):
            _print_file(one)
    print(f"encoded by {report.encoders}: other builds differ, AAC by some tenths of a decibel")


def _print_file(one: FilePreview) -> None:
    print(one.path.name)
    print(joined((level_text(one.integrated_lufs, "LUFS", 2), level_text(one.true_peak_dbtp, "dBTP", 2)), 2))
    for trip in one.codecs:
        print(f"  {trip.codec:<10} {_trip_text(trip)}")
    ceiling = one.suggested_ceiling_dbtp
    if ceiling is None:
        print("  no ceiling was found at which no codec passes full scale")
    elif ceiling == one.true_peak_dbtp:
        print("  no codec passes full scale: the ceiling can stay")
    else:
        level = level_text(ceiling, "dBTP")
        print(f"  at a true peak of {level} no codec passes full scale (encoded and measured at that level)")
    if one.mono is not None:
        _print_mono(one.mono)


def _trip_text(trip: CodecTrip) -> str:
    peak = level_text(trip.decoded_true_peak_dbtp, "dBTP", 2)
    overs = f"{trip.overs} overs" if trip.overs else "no overs"
    change = level_text(trip.loudness_change_lu, "LU", 2, signed=True)
    where = f" · {', '.join(trip.platforms)}" if trip.platforms else ""
    return f"{trip.bitrate_kbps:>3} kbit/s · {peak:>10} · {overs:>9} · {change}{where}"


def _print_mono(mono: FoldDown) -> None:
    change = level_text(mono.loudness_change_lu, "LU", signed=True)
    print(f"  mono: {mono.verdict}, {change}; by octave:")
    print(joined(map(_band_text, mono.bands), 4))


def _band_text(band: FoldBand) -> str:
    middle = (band.low_hz * band.high_hz) ** 0.5
    name = min(_OCTAVES_HZ, key=lambda nominal: abs(math.log(middle / nominal)))
    hertz = f"{name / 1000:g}k" if name >= 1000 else f"{name:g}"
    change = number_text(band.change_db, signed=True)
    return f"{hertz} {change} dB"
