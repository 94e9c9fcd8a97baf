"""What changes when somebody edits: the parameters' values, and the words that go with all figures."""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import MachineError
from engine.link import layout
from engine.link.newest import Latest, NewestWriter
from engine.link.records import ParametersHead
from engine.link.segment import Segment
from engine.link.wire import ITEM_BYTES


@dataclass(frozen=True)
class Parameters:
    """What every continuous parameter is, and where it is going.

    Attributes:
        revision: of the live session.
        layout: number of the list of paths in the document that these values belong to.
        targets: as last set.
        currents: as sounding now, on their way to the targets.
    """

    revision: int
    layout: int
    targets: Sequence[float]
    currents: Sequence[float]


class ParametersWriter:
    """Publishes the parameters' values."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.PARAMETER_VALUES)

    def publish(self, parameters: Parameters) -> None:
        """Makes `parameters` the newest.

        Raises:
            ValueError: more than PARAMETERS, or targets and currents differ in number.
        """
        count = len(parameters.targets)
        if count > layout.PARAMETERS or count != len(parameters.currents):
            raise ValueError(f"{count} targets and {len(parameters.currents)} currents")
        payload = bytearray(layout.PARAMETERS_HEAD.room)
        head = ParametersHead(parameters.revision, parameters.layout, count)
        layout.PARAMETERS_HEAD.pack_into(payload, 0, head)
        payload += array("d", parameters.targets).tobytes()
        payload += array("d", parameters.currents).tobytes()
        self._newest.publish(payload)


def _decode_parameters(payload: bytes) -> Parameters:
    head = layout.PARAMETERS_HEAD.unpack_from(payload)
    begin, size = layout.PARAMETERS_HEAD.room, head.parameters * ITEM_BYTES
    targets, currents = payload[begin : begin + size], payload[begin + size : begin + 2 * size]
    return Parameters(head.revision, head.layout, array("d", targets), array("d", currents))


def parameters(segment: Segment) -> Latest[Parameters]:
    """The parameters' values in a segment; none before the first."""
    return Latest(segment, layout.PARAMETER_VALUES, _decode_parameters, Parameters(0, 0, (), ()))


class DocumentWriter:
    """Publishes what changes rarely and is made of words: names, chains, markers, deliverables."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.DOCUMENT)

    def publish(self, document: Mapping[str, Any]) -> None:
        """Makes `document` the newest.

        Args:
            document: what JSON can hold, without NaN.

        Raises:
            MachineError: it does not fit even compressed (kind `too_long`).
        """
        text = json.dumps(document, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        payload = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        if len(payload) > self._newest.capacity:
            raise MachineError(
                f"the session's description takes {len(payload)} bytes, {self._newest.capacity} are there: "
                "remove processors or markers",
                kind="too_long",
            )
        self._newest.publish(payload)


def _decode_document(payload: bytes) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(zlib.decompress(payload))
    return document


def documents(segment: Segment) -> Latest[Mapping[str, Any]]:
    """The document in a segment; empty before the first."""
    return Latest(segment, layout.DOCUMENT, _decode_document, {})
