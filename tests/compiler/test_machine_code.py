"""Machine code is kept, found again without a compiler, and run only if it is what was written."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.compiler import elf, link, objects
from engine.compiler.cache import why_unusable
from engine.compiler.loading import address_of
from engine.demo.recursion import second_order, weighted
from engine.rack.gain import _scale

WARM = """
import numpy as np, sys
from engine.demo.recursion import weighted
y = np.empty(3)
weighted(np.arange(5.0), np.array([1.0, 2.0, 3.0]), y)
assert y.tolist() == [8.0, 14.0, 20.0], y
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"numba", "llvmlite"}))
"""


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    """The file of one function in a cache of this test alone."""
    code = objects.read(weighted.name) or _compiled()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    why_unusable.cache_clear()
    objects.write(weighted.name, code)
    yield objects.path_of(weighted.name)
    why_unusable.cache_clear()


def _compiled() -> bytes:
    from engine.compiler.translate import object_code

    return object_code(weighted)


def run_elsewhere() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, check=True)


def test_what_was_compiled_runs_without_a_compiler(kept):
    assert kept.stat().st_mode & 0o777 == 0o600
    done = run_elsewhere()
    assert done.stdout.split() == ([] if elf.is_native() else ["llvmlite"])
    assert done.stderr == ""


@pytest.mark.parametrize("spoil", ["bit", "cut", "empty", "name", "link", "open"])
def test_what_is_not_what_was_written_is_compiled_anew_and_told(kept, tmp_path, spoil):
    content = kept.read_bytes()
    if spoil == "bit":
        kept.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
    elif spoil == "cut":
        kept.write_bytes(content[:-1])
    elif spoil == "empty":
        kept.write_bytes(b"")
    elif spoil == "name":  # another function's code, sound in itself
        objects.write(second_order.name, objects.read(weighted.name))
        os.replace(objects.path_of(second_order.name), kept)
    elif spoil == "open":
        kept.chmod(0o666)
    if spoil == "link":
        other = tmp_path / "other"
        os.replace(kept, other)
        kept.symlink_to(other)
        with pytest.raises(objects.DamagedError):
            objects.read(weighted.name)
        return  # the whole folder is not used then: test_private
    with pytest.raises(objects.DamagedError):
        objects.read(weighted.name)
    told = run_elsewhere()
    assert f"{kept}" in told.stderr
    assert "compiled anew" in told.stderr
    assert "numba" in told.stdout
    assert kept.stat().st_mode & 0o777 == 0o600
    assert run_elsewhere().stderr == ""


def test_another_users_machine_code_is_not_run(kept, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(objects.DamagedError, match="not a file of this user's"):
        objects.read(weighted.name)


def test_code_for_another_processor_or_compiler_is_another_file(kept, monkeypatch):
    monkeypatch.setattr(objects, "stamp", lambda: "0123456789ab")
    assert objects.read(weighted.name) is None
    os.replace(kept, objects.path_of(weighted.name))
    with pytest.raises(objects.DamagedError):
        objects.read(weighted.name)


def test_our_loader_and_llvms_run_the_same_code():
    code = objects.read(_scale.name)
    if code is None:
        _scale.compile()
        code = objects.read(_scale.name)
    addresses = [_scale.address, link._loaded_by_llvm(code, _scale.symbol)]
    results = []
    for address in addresses:
        frames = np.arange(64 * 8, dtype=np.float64).reshape(64, 8)
        native = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 5)(address)
        words, factors = np.array([0, 8]), np.linspace(0.5, 2.0, 8)
        native(frames.ctypes.data, 8, words.ctypes.data, factors.ctypes.data, 0)
        results.append(frames)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0][1], np.arange(8.0, 16.0) * np.linspace(0.5, 2.0, 8))


@pytest.mark.skipif(not elf.is_native(), reason="other systems have other object files")
def test_a_file_that_is_no_object_of_this_machine_is_left_to_llvm():
    code = objects.read(_scale.name) or b""
    for spoiled in (b"", b"\x7fELF", code[:200], code[:18] + b"\xb7\x00" + code[20:], b"\0" * 4096):
        with pytest.raises(elf.UnexpectedError):
            elf.loaded(spoiled, _scale.symbol)
    with pytest.raises(elf.UnexpectedError, match="symbol"):
        elf.loaded(code, "another")


@pytest.mark.skipif(not elf.is_native(), reason="other systems have other object files")
def test_memory_with_code_cannot_be_written():
    address = address_of(_scale)
    for line in Path("/proc/self/maps").read_text().splitlines():
        begin, _, end = line.split()[0].partition("-")
        if int(begin, 16) <= address < int(end, 16):
            assert line.split()[1] == "r-xp"
            return
    pytest.fail("the code is nowhere")


def test_arguments_that_do_not_fit_are_refused():
    x, weights, y = np.arange(5.0), np.ones(3), np.empty(3)
    weighted(x, weights, y)
    assert y.tolist() == [3.0, 6.0, 9.0]
    for wrong in (x.astype(np.float32), np.arange(10.0)[::2], x.reshape(1, 5), x.tolist(), None):
        with pytest.raises(TypeError, match="weighted takes float64 array of 1 dimensions"):
            weighted(wrong, weights, y)
    with pytest.raises(TypeError):
        weighted(x, weights)
    x.flags.writeable = False
    with pytest.raises(TypeError):
        weighted(x, weights, y)
