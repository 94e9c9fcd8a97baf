"""Does a test wake up when one place of the code is wrong? Mutates single places, runs the nearest tests.

    python tests/bench/mutants.py list --count 120 --seed 1         what would be tried
    python tests/bench/mutants.py run --count 120 --seed 1 --log L  tries it, in a copy of the tree

A mutation is one change of one operator or number: a limit moved, a boundary included or left out, a sign,
a condition turned round. Places are drawn at random, evenly over the rooms; texts, types, defaults of
arguments and names are left alone. The tests that run are those that import the module, nearest first, then
those of its room; the first failure ends them, and is tried once more without the mutant: a test that fails
there too has noticed nothing. A mutant that all of them pass is a survivor, to be judged: an equivalent
change, a limit of patience, or a test that sleeps.

With `--reached FOLDER`, where `tests/bench/reached.py` wrote which tests reach a line of the same tree, these
run, the quickest first, up to two minutes of them, then the files that import the module: what runs when it
is imported is reached by no test. A room's tests run only where no test reaches the line.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
#: Rooms whose compiled kernels would be compiled again for each mutant, and what only measures time.
_LEFT_OUT = ("engine/compiler", "engine/demo", "engine/kernels", "engine/live/loop")
#: Tests of each room, beside those that import the module.
_TESTS_OF_ROOM = {
    "engine/attribution": ("tests/deliver", "tests/rack"),
    "engine/cli": ("tests/cli",),
    "engine/ddp": ("tests/album",),
    "engine/doctor": ("tests/cli",),
    "engine/link": ("tests/processes",),
    "engine/live": ("tests/server",),
    "engine/papers": ("tests/delivery",),
    "engine/plan": ("tests/plan", "tests/rack"),
    "engine/processes": ("tests/link", "tests/server"),
    "engine/report": ("tests/cli", "tests/deliver"),
    "engine/server": ("tests/live",),
    "engine/vinyl": ("tests/album",),
    "tui": ("tests/console",),
}
#: How long tests that reach a line may take together, and what each takes besides, s.
_LONGEST_S, _EACH_S = 120.0, 0.1
#: A test that takes so long hangs, s.
_HANGS_S = 100
_COMPARES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one place.

    Attributes:
        path: of the module, from the root of the tree.
        line: that is changed, from 1.
        before: the expression as it stands.
        after: the expression as it becomes.
        column: where it begins in the line, bytes.
        end_line: where it ends.
        end_column: likewise.
    """

    path: str
    line: int
    before: str
    after: str
    column: int
    end_line: int
    end_column: int

    def apply(self, root: Path) -> None:
        """Writes the changed module into a copy of the tree."""
        file = root / self.path
        lines = file.read_bytes().splitlines(keepends=True)
        head = lines[self.line - 1][: self.column]
        tail = lines[self.end_line - 1][self.end_column :]
        lines[self.line - 1 : self.end_line] = [head + self.after.encode() + tail]
        file.write_bytes(b"".join(lines))


def _changed(node: ast.AST) -> Iterator[ast.expr]:
    """What may stand instead of an expression."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARES:
            yield ast.Compare(left, [_COMPARES[type(op)]()], [right])
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS and not _is_text(left, right):
            yield ast.BinOp(left, _OPERATORS[type(op)](), right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=float(value)):
            yield ast.Constant(value * 1.25 if value else 0.5)


def _is_text(*nodes: ast.expr) -> bool:
    return any(
        isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for node in nodes
    )


def _left_alone(tree: ast.AST) -> set[ast.AST]:
    """Nodes that say nothing about behaviour: annotations, defaults, slices of types, asserts."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        roots: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            roots = [node.returns, node.args, *node.decorator_list]
        elif isinstance(node, ast.AnnAssign):
            roots = [node.annotation]
        elif isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
            roots = [node]
        elif isinstance(node, ast.ClassDef):
            roots = [*node.decorator_list, *node.keywords]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            roots = [node]
        for root in roots:
            if root is not None:
                found.update(ast.walk(root))
    return found


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every change of one module."""
    source = path.read_text()
    tree, lines = ast.parse(source), [line.encode() for line in source.splitlines(keepends=True)]
    left_alone = _left_alone(tree)
    for node in ast.walk(tree):
        if node in left_alone or not isinstance(node, ast.expr):
            continue
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        for changed in _changed(node):
            segment = [*lines[node.lineno - 1 : end_line - 1], lines[end_line - 1][:end_column]]
            segment[0] = segment[0][node.col_offset :]
            yield Mutant(
                str(path.relative_to(_ROOT)),
                node.lineno,
                " ".join(b"".join(segment).decode().split()),
                f"({ast.unparse(ast.fix_missing_locations(changed))})",
                node.col_offset,
                end_line,
                end_column,
            )


def room_of(path: str) -> str:
    """The folder that a module belongs to, `engine/rack` or `tui/desk`."""
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def drawn(count: int, seed: int) -> list[Mutant]:
    """`count` mutants, spread evenly over the rooms."""
    chance = random.Random(seed)
    rooms: dict[str, list[Mutant]] = {}
    for file in sorted([*(_ROOT / "engine").rglob("*.py"), *(_ROOT / "tui").rglob("*.py")]):
        name = str(file.relative_to(_ROOT))
        if not name.startswith(_LEFT_OUT):
            rooms.setdefault(room_of(name), []).extend(mutants_of(file))
    queues = [chance.sample(found, len(found)) for _, found in sorted(rooms.items()) if found]
    chosen: list[Mutant] = []
    while len(chosen) < count and any(queues):
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return chosen


def tests_for(path: str) -> list[str]:
    """Test files that may notice a change of a module, nearest first."""
    module = path.removesuffix(".py").replace("/", ".")
    room = room_of(path)
    near, in_package = [], []
    package = module.rsplit(".", 1)[0]
    for file in sorted((_ROOT / "tests").rglob("test_*.py")):
        name, text = str(file.relative_to(_ROOT)), file.read_text()
        if name.startswith(("tests/bench", "tests/torture", "tests/determinism")):
            continue
        if f"{module} import" in text or f"import {module}" in text:
            near.append(name)
        elif f"from {package} import {module.rsplit('.', 1)[1]}" in text or f"{package}." in text:
            in_package.append(name)
    named = [f"tests/{room.split('/')[-1]}"]
    others = _TESTS_OF_ROOM.get(room, _TESTS_OF_ROOM.get(room.split("/")[0], ()))
    folders = [name for name in (*named, *others) if (_ROOT / name).is_dir()]
    return list(dict.fromkeys([*near, *in_package[:8], *folders]))


class Reached:
    """Which tests reach a line, by what `tests.bench.reached` wrote of the same tree.

    Args:
        folder: its files.
    """

    def __init__(self, folder: Path) -> None:
        self._found = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
        self._seconds: dict[str, float] = {}
        for one in self._found:
            self._seconds |= one["seconds"]

    def tests(self, mutant: Mutant) -> list[str]:
        """As pytest calls them, the quickest first, as many as fit into `_LONGEST_S`."""
        names: set[str] = set()
        for one in self._found:
            lines = one["files"].get(mutant.path, {})
            names |= {one["tests"][number] for number in lines.get(str(mutant.line), ())}
        chosen, total_s = list[str](), 0.0
        for name in sorted(names, key=lambda one: (self._seconds.get(one, 0.0), one)):
            total_s += self._seconds.get(name, 0.0) + _EACH_S
            if chosen and total_s > _LONGEST_S:
                break
            chosen.append(name)
        return chosen


def _first_failure(copy: Path, tests: Sequence[str], timeout_s: float) -> str | None:
    """The first test that fails, as pytest calls it; None: all pass.

    Raises:
        subprocess.TimeoutExpired: it took too long.
    """
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-rfE",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            f"-otimeout={_HANGS_S}",
            *tests,
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if ended.returncode == 0:
        return None
    if ended.returncode not in (1, 2, 3):
        raise ValueError(f"pytest ended with {ended.returncode}: {ended.stdout[-400:]}")
    named = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ended.stdout, re.MULTILINE)
    return named[0] if named else f"exit {ended.returncode}"


def is_noticed(mutant: Mutant, copy: Path, timeout_s: float, reached: Reached | None) -> str:
    """`noticed by TEST`, `survived`, `survived until the time was over` or `no tests`.

    A test that hangs has noticed: it fails after `_HANGS_S`.
    """
    near = tests_for(mutant.path)
    reaching = reached.tests(mutant) if reached else []
    stages = [reaching, [one for one in near if one.endswith(".py")]] if reaching else [near]
    outcome = "no tests"
    for tests in filter(None, stages):
        outcome = _tried(mutant, copy, tests, timeout_s)
        if outcome.startswith("noticed"):
            break
    return outcome


def _tried(mutant: Mutant, copy: Path, tests: Sequence[str], timeout_s: float) -> str:
    original = (copy / mutant.path).read_bytes()
    asleep: list[str] = []
    while True:
        mutant.apply(copy)
        try:
            failed = _first_failure(copy, [*tests, *asleep], timeout_s)
        except subprocess.TimeoutExpired:
            return "survived until the time was over"
        finally:
            (copy / mutant.path).write_bytes(original)
        if failed is None:
            return "survived"
        # a test that a busy machine upsets has noticed nothing
        if "::" not in failed or _first_failure(copy, [failed], timeout_s) is None:
            return f"noticed by {failed}"
        asleep.append(f"--deselect={failed}")


def main() -> int:
    """Lists or tries mutants; 1 where less than 95 % are noticed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("verb", choices=("list", "run"))
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=900.0, help="s per mutant")
    parser.add_argument("--log", type=Path, help="one line a mutant; those in it are not tried again")
    parser.add_argument("--reached", type=Path, help="a folder of tests/bench/reached.py")
    given = parser.parse_args()
    reached = Reached(given.reached) if given.reached else None
    chosen = drawn(given.count, given.seed)
    if given.verb == "list":
        for one in chosen:
            print(f"{one.path}:{one.line}: {one.before} → {one.after}")
        return 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(
            _ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", ".mypy_cache")
        )
        done = given.log.read_text().splitlines() if given.log and given.log.exists() else []
        lines = list(done)
        for one in chosen[len(done) :]:
            outcome = is_noticed(one, copy, given.timeout, reached)
            lines.append(f"{outcome}\t{one.path}:{one.line}\t{one.before} → {one.after}")
            print(lines[-1], flush=True)
            if given.log:
                given.log.write_text("\n".join(lines) + "\n")
    noticed = sum(line.startswith("noticed") for line in lines)
    print(f"{noticed} of {len(lines)} noticed")
    return 0 if noticed >= 0.95 * len(lines) else 1


if __name__ == "__main__":
    sys.exit(main())
