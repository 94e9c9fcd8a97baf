"""From Python to an object file of machine code: what numba and LLVM are needed for, and nothing else is.

Numba types and lowers a function and all that it calls, and optimises each. The whole becomes one module in
which only the entry can be seen; LLVM optimises that once more and writes its object code. Nothing may be
contracted or reordered, so the passes decide about speed and never about bits.
"""

from __future__ import annotations

import functools
import gc
import types as python_types
from typing import Any

import numba
from llvmlite import binding
from numba import types
from numba.core.sigutils import normalize_signature
from numba.extending import intrinsic

from engine.compiler import lane_types, processor
from engine.compiler.declared import External, Machine, Part
from engine.compiler.signatures import Kind, Signature, parsed

assert lane_types  # teaches numba the operators of lanes
_OPTIONS = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_OPTIMISE = 3
#: What compiled code may call: it is found in every process, and has the same bits in each.
_C_LIBRARY = {"clock_gettime", "usleep", "pread", "memcpy", "memmove", "memset", "sqrt"}


def object_code(machine: Machine) -> bytes:
    """The object file of a function; its one symbol is `machine.symbol`."""
    had_collector = gc.isenabled()
    gc.disable()  # numba keeps most of what it makes: looking through it again and again finds nothing
    try:
        module = binding.parse_assembly(_lowered(machine))
        module.verify()
        _optimise(module)
        _refuse_foreign(module, machine)
        return bytes(_code_machine().emit_object(module))
    finally:
        if had_collector:
            gc.enable()


def _lowered(machine: Machine) -> str:
    """LLVM's text of a function, what it calls and its entry."""
    function = _mapped(machine.function)
    if machine.takes_arrays:
        signature = parsed(machine.signature)
        function = _with_addresses(numba.njit(machine.signature, **_OPTIONS)(function), signature)
        written = _flat(signature)
    else:
        written = machine.signature
    dispatcher = numba.njit(written, **_OPTIONS)(function)
    (native,) = dispatcher.nopython_signatures
    name = dispatcher.overloads[native.args].fndesc.llvm_func_name
    module = binding.parse_assembly(dispatcher.inspect_llvm(native.args))
    _hide(module)
    kinds = [str(argument.type) for argument in module.get_function(name).arguments]
    result = None if machine.takes_arrays else normalize_signature(written)[1]
    return f"{module}\n{_entry(machine.symbol, name, kinds, result)}"


def _entry(symbol: str, native: str, kinds: list[str], result: Any) -> str:
    """LLVM's text of a function as C would call it; numba's own come with a status, and with two addresses.

    Args:
        symbol: its name.
        native: the function it calls.
        kinds: LLVM types of that one's arguments.
        result: what it returns; None: the status.
    """
    taken = ", ".join(f"{kind} %a{place}" for place, kind in enumerate(kinds[2:]))
    given = "".join(f", {kind} %a{place}" for place, kind in enumerate(kinds[2:]))
    returned = "void" if result == types.void else f"i{32 if result is None else result.bitwidth}"
    last = "ret i32 %status" if result is None else "ret void"
    if result not in (None, types.void):
        last = f"%found = load {returned}, {kinds[0]} %result\nret {returned} %found"
    return (
        f"define {returned} @{symbol}({taken}) {{\n%result = alloca i64\n%exception = alloca ptr\n"
        f'%status = call i32 @"{native}"({kinds[0]} %result, {kinds[1]} %exception{given})\n{last}\n}}\n'
    )


def _hide(module: Any) -> None:
    """Makes every definition one of this module alone, so that what is inlined everywhere goes."""
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration:
            value.linkage = "internal"


def _refuse_foreign(module: Any, machine: Machine) -> None:
    """Code that calls into numba could only run where numba is: it makes arrays, or raises."""
    called = [one.name for one in module.functions if one.is_declaration and not one.name.startswith("llvm.")]
    if foreign := set(called) - _C_LIBRARY:
        raise ValueError(
            f"{machine.name} calls {', '.join(sorted(foreign))}: a kernel may use the C library only"
        )


def _flat(signature: Signature) -> str:
    """The numba signature of a function that takes addresses and lengths instead of arrays."""
    words = []
    for kind in signature.arguments:
        words += [f"CPointer({kind.name})", *["int64"] * kind.dimensions] if kind.dimensions else [kind.name]
    if signature.results:
        words.append(f"CPointer({signature.result})")
    return f"void({', '.join(words)})"


def _with_addresses(target: Any, signature: Signature) -> Any:
    """The function of `_flat` that makes arrays of them and calls `target`.

    It is written as text, for its number of arguments is that of the signature.
    """
    taken, given = [], []
    for place, kind in enumerate(signature.arguments):
        names = [f"a{place}", *(f"a{place}_{axis}" for axis in range(kind.dimensions))]
        taken += names
        given.append(_as_array(names, kind))
    lines = [f"    found = target({', '.join(given)})"]
    if signature.results:
        taken.append("out")
        parts = [f"[{place}]" if signature.is_tuple else "" for place in range(signature.results)]
        lines += [f"    out[{place}] = found{part}" for place, part in enumerate(parts)]
    space: dict[str, Any] = {"target": target, "carray": numba.carray}
    exec("\n".join([f"def entry({', '.join(taken)}):", *lines]), space)
    return space["entry"]


def _as_array(names: list[str], kind: Kind) -> str:
    return f"carray({names[0]}, ({', '.join(names[1:])},))" if kind.dimensions else names[0]


def _mapped(function: Any) -> Any:
    """A function whose global names mean numba's things instead of our declarations."""
    space = dict(function.__globals__)
    for name in function.__code__.co_names:
        if isinstance(space.get(name), (Part, External)):
            space[name] = _real(space[name])
    same = (function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    return python_types.FunctionType(*same)


@functools.cache
def _real(declared: Any) -> Any:
    """What numba takes for one of our declarations."""
    if isinstance(declared, External):
        arguments, result = normalize_signature(declared.signature)
        return types.ExternalFunction(declared.symbol, result(*arguments))
    if declared.kind == "intrinsic":
        return intrinsic(declared.function)
    if declared.kind == "carray":
        return numba.carray
    return numba.njit(inline="never", **_OPTIONS)(_mapped(declared.function))


def _optimise(module: Any) -> None:
    """Inlines cheaply, drops what counts references, then does all that LLVM knows: numba's own way."""
    machine = _code_machine()
    for level in (0, _OPTIMISE):
        tuning = binding.create_pipeline_tuning_options(speed_level=level)
        tuning.loop_vectorization, tuning.slp_vectorization = level > 0, False
        builder = binding.create_pass_builder(machine, tuning)
        passes = builder.getModulePassManager()
        if level == 0:
            passes.add_loop_rotate_pass()
            passes.add_instruction_combine_pass()
            passes.add_jump_threading_pass()
        passes.add_refprune_pass()
        passes.run(module, builder)


@functools.cache
def _code_machine() -> Any:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    name, features = processor.target()
    triple = binding.get_process_triple()
    # code that can lie anywhere and reaches its own constants from where it is
    place = {"reloc": "pic", "codemodel": "small"} if triple.startswith("x86_64") else {}
    return binding.Target.from_triple(triple).create_target_machine(
        cpu=name, features=features, opt=_OPTIMISE, jit=True, **place
    )
