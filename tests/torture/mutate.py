"""Structure-aware damage to audio headers, TOML texts, JSON documents and any bytes."""

from __future__ import annotations

import copy
import json
import struct
from random import Random
from typing import Any

_WORDS = (0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_RATES = (0, 1, 7_999, 8_000, 44_100, 48_000, 768_000, 768_001, 2_000_000_000, 4_294_967_295)
#: Where headers end, roughly.
_HEAD_BYTES = 160


def audio(content: bytes, number: Random) -> bytes:
    """An audio file with one to four damages, most of them in its header."""
    data = bytearray(content)
    for _ in range(number.randint(1, 4)):
        if not data:
            break
        at = (
            number.randrange(min(len(data), _HEAD_BYTES))
            if number.random() < 0.8
            else number.randrange(len(data))
        )
        kind = number.randrange(8)
        if kind == 0:
            data[at] ^= 1 << number.randrange(8)
        elif kind == 1:
            data[at] = number.randrange(256)
        elif kind in (2, 3):
            order = number.choice("<>")
            word = number.choice(_WORDS if kind == 2 else _RATES)
            data[at & ~1 : (at & ~1) + 4] = struct.pack(f"{order}I", word)
        elif kind == 4:
            data[at : at + 2] = struct.pack(number.choice(("<H", ">H")), number.choice(_WORDS) & 0xFFFF)
        elif kind == 5:
            del data[at : at + number.choice((1, 2, 4, 64))]
        elif kind == 6:
            data[at:at] = data[at : at + number.choice((1, 4, 8, 64))]
        else:
            del data[number.randrange(len(data)) :]
    return bytes(data)


_VALUES = (
    *("0", "-1", "1e308", "-0.0", "nan", "inf", "true", '""', "[]", "{}", "[[]]", "1979-05-27", "9" * 400),
    *('"\\u0000"', '"\\u001b]0;x\\u0007"', '"../../../etc/passwd"', '"/dev/zero"', "'" + "x" * 3000 + "'"),
    *("[" * 300 + "]" * 300, "{ a = 1 }", "[1, [2, [3]]]", "9223372036854775808", '"\\ud800"', "0x", "+"),
)


def toml(text: str, number: Random) -> bytes:
    """A TOML text with one to four damages to lines, values, keys and bytes."""
    lines = text.splitlines()
    for _ in range(number.randint(1, 4)):
        at = number.randrange(len(lines))
        kind = number.randrange(8)
        key, equals, value = lines[at].partition(" = ")
        if kind in (0, 1, 2) and equals:
            lines[at] = f"{key} = {number.choice(_VALUES)}"
        elif kind == 3:
            lines.insert(at, number.choice(lines))
        elif kind == 4:
            del lines[at]
            lines = lines or [""]
        elif kind == 5 and equals:
            lines[at] = f"{number.choice(('x', key + 'x', '', 'a.b', chr(34) + key + chr(34)))} = {value}"
        elif kind == 6 and lines[at]:
            cut = number.randrange(len(lines[at]))
            lines[at] = lines[at][:cut] + number.choice("[]{}\"'=.,#\n\0\x1b\u202eü𝄞0-") + lines[at][cut:]
        else:
            lines[at] = number.choice(
                ("[", "[[x]]", "[stems]", "[master.chain]", "[a.b.c]", number.choice(_VALUES))
            )
    data = bytearray("\n".join(lines).encode("utf-8", "surrogatepass"))
    if number.random() < 0.15 and data:
        data[number.randrange(len(data))] = number.randrange(256)
    return bytes(data)


_LEAVES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        2**64,
        -(2**70),
        1e308,
        -0.0,
        0.5,
        "",
        "x" * 5000,
        "\0",
        [],
        {},
    ),
    *([[]], [None], {"": None}, "../../../etc/passwd", "/dev/zero", "\x1b]0;x\x07", "\ud800", "1", "nan"),
)
#: What JSON readers take, or may, that `json.dumps` does not write.
_RAW = (
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 400,
    "9" * 5000,
    "[" * 3000 + "]" * 3000,
    '{"a":' * 3000 + "1" + "}" * 3000,
)
_MARK = "@here@"


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a document: what holds it, and under which key or number."""
    inside: list[tuple[Any, Any]] = []
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        inside += [(tree, key), *_places(tree[key])]
    return inside


def json_document(tree: Any, number: Random) -> bytes:
    """A JSON document with one to four damages to values, keys, lists and bytes."""
    tree, raw = copy.deepcopy(tree), ""
    for _ in range(number.randint(1, 4)):
        places = _places(tree)
        if not places:
            break
        holder, key = number.choice(places)
        kind = number.randrange(7)
        if kind in (0, 1, 2):
            holder[key] = copy.deepcopy(number.choice(_LEAVES))
        elif kind == 3:
            del holder[key]
        elif kind == 4:
            holder[key] = copy.deepcopy(number.choice([other[at] for other, at in places]))
        elif kind == 5 and isinstance(holder, list):
            holder.insert(number.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
        elif kind == 5:
            holder[number.choice((f"{key}s", "", "x" * 200))] = holder.pop(key)
        else:
            holder[key], raw = _MARK, number.choice(_RAW)
    text = json.dumps(tree, ensure_ascii=number.random() < 0.5).replace(f'"{_MARK}"', raw or "null")
    data = text.encode("utf-8", "surrogatepass")
    return damaged(data, number) if number.random() < 0.15 else data


def damaged(content: bytes, number: Random) -> bytes:
    """Any bytes with one to four of them changed, cut out, repeated or cut off, or with odd words in them."""
    data = bytearray(content)
    for _ in range(number.randint(1, 4)):
        if not data:
            break
        at, kind = number.randrange(len(data)), number.randrange(6)
        if kind == 0:
            data[at] ^= 1 << number.randrange(8)
        elif kind == 1:
            data[at] = number.choice(b"\0\xff09 AZ\n\x7f\x80")
        elif kind == 2:
            data[at : at + 4] = struct.pack(number.choice("<>") + "I", number.choice(_WORDS))
        elif kind == 3:
            del data[at : at + number.choice((1, 2, 18, 64, 128))]
        elif kind == 4:
            data[at:at] = data[at : at + number.choice((1, 18, 64, 128))] * number.choice((1, 1, 100))
        else:
            del data[at:]
    return bytes(data)
