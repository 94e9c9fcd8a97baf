"""Every continuous parameter by number: what it was set to, and what sounds on the way there."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

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
