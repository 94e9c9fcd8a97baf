"""No module imports itself by a detour, not even for a type: whoever reads one need not read both."""

from __future__ import annotations

import grimp


def _circles(imports: dict[str, set[str]]) -> list[frozenset[str]]:
    """Strongly connected groups of more than one module (Tarjan 1972, without recursion)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    circles: list[frozenset[str]] = []
    for start in imports:
        if start in number:
            continue
        work = [(start, iter(sorted(imports[start])))]
        number[start] = lowest[start] = len(number)
        stack.append(start)
        while work:
            module, following = work[-1]
            for name in following:
                if name not in number:
                    number[name] = lowest[name] = len(number)
                    stack.append(name)
                    work.append((name, iter(sorted(imports[name]))))
                    break
                if name in stack:
                    lowest[module] = min(lowest[module], number[name])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[module])
                if lowest[module] == number[module]:
                    at = stack.index(module)
                    group, stack[at:] = frozenset(stack[at:]), []
                    if len(group) > 1:
                        circles.append(group)
    return circles


def test_the_search_finds_a_circle_and_nothing_else() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set()}
    assert _circles(imports) == [frozenset("abc")]
    assert _circles({**imports, "c": {"d"}}) == []


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph("engine", "tui")
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    found = [sorted(circle) for circle in _circles(imports)]
    assert found == []
