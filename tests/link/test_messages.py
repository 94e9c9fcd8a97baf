"""Messages: what is in the protocol passes, everything else is refused in words, nothing crashes."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.failures import MessageRefused
from engine.link.messages import ANSWERS, COMMANDS, Item, Message, check, decode, encode

EXAMPLES: dict[type, Any] = {
    int: 3,
    float: 0.5,
    str: "text",
    bool: True,
    list: [1],
    dict: {"a": 1},
    type(None): None,
}


def example(item: Item, kind: type) -> Any:
    return item.choices[0] if item.choices else EXAMPLES[kind]


def full_payload(kind: str) -> dict[str, Any]:
    return {name: example(item, item.types[0]) for name, item in COMMANDS[kind].items.items()}


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_travels_and_is_checked(kind: str) -> None:
    message = Message(kind, 5, 3, full_payload(kind))
    assert decode(encode(message)) == message
    assert check(message) is COMMANDS[kind]
    required = {name: value for name, value in message.payload.items() if COMMANDS[kind].items[name].required}
    check(Message(kind, payload=required))
    for missing in required:
        rest = {name: value for name, value in required.items() if name != missing}
        with pytest.raises(MessageRefused, match=f"'{kind}' needs '{missing}'"):
            check(Message(kind, payload=rest))
    with pytest.raises(MessageRefused, match="has no 'nonsense'"):
        check(Message(kind, payload={**required, "nonsense": 1}))


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_field_of_the_wrong_type_is_refused(kind: str) -> None:
    for name, item in COMMANDS[kind].items.items():
        for value in EXAMPLES.values():
            payload = {**full_payload(kind), name: value}
            if item.accepts(value):
                check(Message(kind, payload=payload))
            else:
                with pytest.raises(MessageRefused) as caught:
                    check(Message(kind, payload=payload))
                assert caught.value.kind == "bad_payload"
                assert name in caught.value.message


@pytest.mark.parametrize(
    ("value", "types", "accepted"),
    [
        (True, (int,), False),
        (1, (float,), True),
        (1.0, (int,), False),
        (2**63, (int,), False),
        (2**70, (float,), False),
    ],
)
def test_numbers_are_strict(value: Any, types: tuple[type, ...], accepted: bool) -> None:
    assert Item(types, "").accepts(value) is accepted


def test_an_unknown_command_has_a_code() -> None:
    with pytest.raises(MessageRefused) as caught:
        check(Message("explode"))
    assert caught.value.kind == "unknown_command"
    assert check(Message("done"), ANSWERS) is ANSWERS["done"]


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'{"kind": 3, "id": 1, "payload": {}}',
        b'{"kind": "ping", "id": true, "payload": {}}',
        b'{"kind": "ping", "id": 1.5, "payload": {}}',
        b'{"kind": "ping", "id": 1, "revision": "x", "payload": {}}',
        b'{"kind": "ping", "id": 99999999999999999999, "payload": {}}',
        b'{"kind": "ping", "id": 1, "payload": []}',
        b'{"kind": "set", "id": 1, "payload": {"path": "a", "value": NaN}}',
        b'{"kind": "set", "id": 1, "payload": {"path": "a", "value": -Infinity}}',
        b'{"kind": "set", "id": 1, "payload": {"path": "a", "value": 1e999}}',
        b"[" * 8000,
        b"9" * 8000,
    ],
)
def test_what_is_no_message_is_refused(stored: bytes) -> None:
    with pytest.raises(MessageRefused) as caught:
        decode(stored)
    assert caught.value.kind == "bad_message"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(["kind", "id", "revision", "payload"]), JSON)


@given(st.binary(max_size=80) | FIELDS.map(lambda fields: json.dumps(fields).encode()))
def test_whatever_arrives_is_a_message_or_refused(stored: bytes) -> None:
    with contextlib.suppress(MessageRefused):
        message = decode(stored)
        check(message)
        assert message.kind in COMMANDS


@given(st.text())
def test_names_of_any_file_survive(name: str) -> None:
    message = Message("set", 1, None, {"path": name, "value": name + "\udcff"})
    assert decode(encode(message)) == message


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bytes"])
def test_what_json_cannot_hold_is_not_sent(value: object) -> None:
    with pytest.raises(MessageRefused) as caught:
        encode(Message("set", 1, None, {"path": "a", "value": value}))
    assert caught.value.kind == "bad_payload"
