"""Structure-aware damage to audio headers and TOML texts."""

from __future__ import annotations

import struct
from random import Random

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
