"""A note to the client: what a delivery holds, in words that can be sent with it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.report.delivery import DeliveredFile, Generation
from engine.units import level_text


def client_note(title: str, generation: Generation) -> str:
    """The note.

    Args:
        title: of the song.
        generation: what was delivered.
    """
    return "\n".join(_lines(title, generation))


def _lines(title: str, generation: Generation) -> Iterator[str]:
    count = len(generation.record.outputs)
    files = "the file" if count == 1 else f"the {count} files"
    yield f"Subject: {title}: delivery, revision {generation.revision}"
    yield ""
    yield "Hello,"
    yield ""
    yield f"here {'is' if count == 1 else 'are'} {files} of '{title}', revision {generation.revision}:"
    yield ""
    for output in generation.record.outputs:
        yield f"- {output.path}"
        yield f"  {_figures(output)}"
    yield ""
    yield "report.html and report.pdf show how they measure and what they were made from. Whether the files"
    yield "have arrived whole, 'sha256sum -c SHA256SUMS' tells in their folder."
    yield ""
    yield "Thank you."


def _figures(output: DeliveredFile) -> str:
    figures = ((output.integrated_lufs, "LUFS"), (output.true_peak_dbtp, "dBTP"))
    known = [level_text(value, unit, 2) for value, unit in figures if value is not None]
    return ", ".join(known) or "silence"
