"""Chains of processors: from TOML tables to checked processors in a legal order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.session.declare import Kind, Parameter
from engine.session.model import Processor, Session
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath, Reader, nearest, shown

#: The type that keeps the ceiling and carries the drive.
LIMITER = "limiter"
_ENABLED = Parameter("enabled", Kind.SWITCH, "false passes the input through", default=True)


def read_chain(
    reader: Reader,
    tree: Any,
    key: KeyPath,
    *,
    on_stem: bool,
    known: tuple[Any, Sequence[Processor]] = ((), ()),
) -> tuple[Processor, ...]:
    """Reads a chain and checks the order of its processors.

    Args:
        reader: of the file.
        tree: the list as it is in the file; None: there is none.
        key: its place.
        on_stem: whether it is a stem's, where no limiter may stand.
        known: an earlier list of the same file at the same sample rate, and its processors: those of the
            very same tables are taken over.

    Raises:
        SessionError: for anything the format does not allow.
    """
    items = reader.tables(tree, key)
    before = dict(zip(map(id, known[0] or ()), known[1], strict=True))
    chain = tuple(before.get(id(item)) or _processor(reader, item, item_key) for item, item_key in items)
    for index, (processor, (_, item_key)) in enumerate(zip(chain, items, strict=True)):
        if PROCESSORS[processor.type].stems:
            continue
        if on_stem:
            reader.refuse(item_key, f"a {processor.type} is not for stems: put it last in master.chain")
        if any(other.type == processor.type for other in chain[:index]):
            reader.refuse(item_key, f"a second {processor.type}: at most one is allowed, remove one")
    for processor, (_, item_key) in list(zip(chain, items, strict=True))[:-1]:
        if not PROCESSORS[processor.type].stems:
            reader.refuse(item_key, f"the {processor.type} must be the last of the chain: move it to the end")
    return chain


def _processor(reader: Reader, tree: Any, key: KeyPath) -> Processor:
    if not isinstance(tree, Mapping):
        reader.refuse(key, f'{shown(tree)} is not a processor: write it as {{ type = "eq", … }}')
    kind = tree.get("type")
    if kind is None:
        reader.refuse((*key, "type"), f"is missing: give one of {', '.join(PROCESSORS)}")
    if not isinstance(kind, str):
        reader.refuse((*key, "type"), f"{shown(kind)} is of the wrong type: give text")
    if kind not in PROCESSORS:
        reader.refuse((*key, "type"), f"{shown(kind)} is unknown: {nearest(kind, PROCESSORS)}")
    parameters = PROCESSORS[kind].parameters
    settings = {name: value for name, value in tree.items() if name != "type"}
    values = reader.table(settings, key, (_ENABLED, *parameters))
    enabled = values.pop("enabled")
    if kind == "multiband":
        _check_multiband(reader, values, key)
    return Processor(type=kind, enabled=enabled, values=values)


def _check_multiband(reader: Reader, values: Mapping[str, Any], key: KeyPath) -> None:
    crossovers: Sequence[float] = values["crossovers_hz"]
    for index in range(1, len(crossovers)):
        if crossovers[index] <= crossovers[index - 1]:
            place = (*key, "crossovers_hz", index)
            reader.refuse(
                place, f"{shown(crossovers[index])} does not ascend: sort the crossovers, each once"
            )
    if len(values["bands"]) != len(crossovers) + 1:
        reader.refuse(
            (*key, "bands"),
            f"holds {len(values['bands'])} bands for {len(crossovers)} crossovers: "
            f"allowed is one more, {len(crossovers) + 1}",
        )


def active(chain: Sequence[Processor]) -> tuple[Processor, ...]:
    """The processors of a chain that are switched on."""
    return tuple(processor for processor in chain if processor.enabled)


def limiter_of(session: Session) -> Processor | None:
    """The master's limiter, None where it has none or it is off."""
    chain = active(session.master.chain)
    return chain[-1] if chain and chain[-1].type == LIMITER else None
