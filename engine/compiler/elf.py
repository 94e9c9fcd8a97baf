"""Object files of 64-bit x86 become code that runs, by no more than copying and adding addresses.

LLVM's own loader does it as well, but loading LLVM costs more time than all else that a short command does.
What the code calls of the C library is reached over stubs behind it. A file that holds anything that is not
expected here is left to LLVM.

Source: *System V ABI, AMD64 Architecture Processor Supplement*, 4.4 (relocations); *System V gABI*, 4 and 5
(the layouts of 64-bit object files).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
import sys
from dataclasses import dataclass

_HEADER = struct.Struct("<4sBBBxxxxxxxxxHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QIIq")
#: 64 bits, little-endian, relocatable, x86-64.
_EXPECTED = (2, 1, 1, 62)
_TABLE, _WITH_ADDENDS, _NO_BITS = 2, 4, 8
_WRITTEN, _IN_MEMORY = 1, 2
_UNDEFINED = 0
_R_64, _R_PC32, _R_PLT32, _R_PC64 = 1, 2, 4, 24
_R_GOTPCREL, _R_GOTPCRELX, _R_REX_GOTPCRELX = 9, 41, 42
_THROUGH_SLOT = (_R_GOTPCREL, _R_GOTPCRELX, _R_REX_GOTPCRELX)
#: jmp *0(%rip), and the address behind it: 14 bytes of 16; the address alone serves as a slot.
_JUMP = b"\xff\x25\x00\x00\x00\x00"
_STUB_BYTES = 16
#: How to unwind, which nothing in here does.
_LEFT_OUT = (b".eh_frame",)


class UnexpectedError(Exception):
    """The file is not of the few kinds that are known here."""


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    is_loaded: bool


def is_native() -> bool:
    """Whether this system's own object files are of this kind, and its memory can be made executable."""
    return sys.platform == "linux" and os.uname().machine == "x86_64" and sys.maxsize > 2**32


def loaded(code: bytes, symbol: str) -> int:
    """The address of a symbol of an object file that stays in memory from now on.

    Raises:
        UnexpectedError: the file holds something else than is known here.
        OSError: the system does not let memory be executed.
    """
    try:
        return _Object(code).put_into_memory(symbol.encode())
    except (struct.error, IndexError, ValueError) as error:
        raise UnexpectedError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Relocation:
    section: int
    offset: int
    kind: int
    symbol: int
    addend: int


class _Object:
    def __init__(self, code: bytes) -> None:
        self._code = code
        self._sections = _sections(code)
        tables = [one for one in self._sections if one.kind == _TABLE]
        if len(tables) != 1:
            raise UnexpectedError("not one table of symbols")
        self._names = self._bytes_of(self._sections[tables[0].link])
        self._symbols = list(_SYMBOL.iter_unpack(self._bytes_of(tables[0])))
        #: Of the sections that are loaded, and of symbols that are reached over a stub, from the begin on.
        self._places: dict[int, int] = {}
        self._stubs: dict[int, int] = {}

    def put_into_memory(self, wanted: bytes) -> int:
        relocations = self._relocations()
        reached = sorted({one.symbol for one in relocations if self._needs_stub(one)})
        stubs = _rounded(self._lay_out(0, written=False), _STUB_BYTES)
        self._stubs = {symbol: stubs + _STUB_BYTES * place for place, symbol in enumerate(reached)}
        executed = _rounded(stubs + _STUB_BYTES * len(reached) + 1, mmap.PAGESIZE)
        whole = _rounded(self._lay_out(executed, written=True), mmap.PAGESIZE)
        memory = mmap.mmap(-1, whole, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        self._fill(memory, base)
        for one in relocations:
            self._relocate(memory, base, one)
        _make_executable(base, executed)
        _kept.append(memory)
        return self._address_of(wanted, base)

    def _bytes_of(self, section: _Section) -> bytes:
        return self._code[section.offset : section.offset + section.size]

    def _name(self, symbol: int) -> bytes:
        start = self._symbols[symbol][0]
        return self._names[start : self._names.index(0, start)]

    def _lay_out(self, begin: int, *, written: bool) -> int:
        """Gives the sections that are written, or the others, their places; returns the end."""
        for index, section in enumerate(self._sections):
            if section.is_loaded and bool(section.flags & _WRITTEN) == written:
                begin = _rounded(begin, max(1, section.alignment))
                self._places[index] = begin
                begin += section.size
        return begin

    def _relocations(self) -> list[_Relocation]:
        """Those of sections that are loaded."""
        found = []
        for section in self._sections:
            if section.kind == _WITH_ADDENDS and self._sections[section.info].is_loaded:
                rows = _RELOCATION.iter_unpack(self._bytes_of(section))
                found += [_Relocation(section.info, *row) for row in rows]
        return found

    def _needs_stub(self, one: _Relocation) -> bool:
        return one.kind in _THROUGH_SLOT or self._symbols[one.symbol][3] == _UNDEFINED

    def _fill(self, memory: mmap.mmap, base: int) -> None:
        for index, place in self._places.items():
            section = self._sections[index]
            if section.kind != _NO_BITS:
                memory[place : place + section.size] = self._bytes_of(section)
        for symbol, place in self._stubs.items():
            stub = _JUMP + struct.pack("<Q", self._value(symbol, base))
            memory[place : place + len(stub)] = stub

    def _relocate(self, memory: mmap.mmap, base: int, one: _Relocation) -> None:
        place = self._places[one.section] + one.offset
        if one.symbol not in self._stubs:
            value = self._value(one.symbol, base)
        else:
            value = base + self._stubs[one.symbol] + (len(_JUMP) if one.kind in _THROUGH_SLOT else 0)
        value += one.addend
        if one.kind == _R_64:
            memory[place : place + 8] = struct.pack("<Q", value)
        elif one.kind == _R_PC64:
            memory[place : place + 8] = struct.pack("<q", value - base - place)
        elif one.kind in (_R_PC32, _R_PLT32, *_THROUGH_SLOT):
            memory[place : place + 4] = struct.pack("<i", value - base - place)
        else:
            raise UnexpectedError(f"relocation {one.kind}")

    def _value(self, symbol: int, base: int) -> int:
        home, value = self._symbols[symbol][3:5]
        if home == _UNDEFINED:
            return _of_c_library(self._name(symbol).decode())
        if home not in self._places:
            raise UnexpectedError("a symbol without a place")
        return base + self._places[home] + int(value)

    def _address_of(self, wanted: bytes, base: int) -> int:
        for symbol, row in enumerate(self._symbols):
            if row[3] in self._places and self._name(symbol) == wanted:
                return self._value(symbol, base)
        raise UnexpectedError("the symbol is not there")


#: Memory with code in it, for as long as the process lives.
_kept: list[mmap.mmap] = []


def _sections(code: bytes) -> list[_Section]:
    head = _HEADER.unpack_from(code)
    at, size, count, names = head[9], *head[14:17]
    if (head[0], head[1], head[2], head[4], head[5], size) != (b"\x7fELF", *_EXPECTED, _SECTION.size):
        raise UnexpectedError("not an object file of 64-bit x86")
    rows = list(_SECTION.iter_unpack(code[at : at + size * count]))
    if len(rows) != count or names >= count:
        raise UnexpectedError("cut short")
    texts = code[rows[names][4] : rows[names][4] + rows[names][5]]
    found = []
    for name, kind, flags, _, offset, length, link, info, alignment, _ in rows:
        is_loaded = bool(flags & _IN_MEMORY) and texts[name : texts.index(0, name)] not in _LEFT_OUT
        found.append(_Section(kind, flags, offset, length, link, info, alignment, is_loaded))
    return found


def _rounded(value: int, step: int) -> int:
    return (value + step - 1) // step * step


def _of_c_library(name: str) -> int:
    try:
        found = getattr(ctypes.CDLL(None), name)
    except AttributeError:
        raise UnexpectedError(f"{name} is not in this process") from None
    return int(ctypes.cast(found, ctypes.c_void_p).value or 0)


def _make_executable(address: int, size: int) -> None:
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(address, size, mmap.PROT_READ | mmap.PROT_EXEC) != 0:
        raise OSError(ctypes.get_errno(), "memory cannot be made executable")
