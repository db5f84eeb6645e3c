"""The call graph of a unit: who mentions whom, and the order for bottom-up work.

    f -> g, g -> h, h -> g        bottom_up gives [[g, h], [f]]
"""
from __future__ import annotations

from toolchain.cc.ir.ir import CALL, GLOBAL, NO_EXT, Function, GlobalSymbol, Instr


def references(function: Function) -> list[tuple[GlobalSymbol, bool]]:
    """Symbols that the function mentions, in order of first mention; true if it is only called."""
    found: dict[str, tuple[GlobalSymbol, bool]] = {}
    for b in function.blocks:
        for i in b.instrs:
            if i.a.op == GLOBAL:
                _mention(found, i.a, i.op == CALL)
            if i.b.op == GLOBAL:
                _mention(found, i.b, False)
            if i.ext is not NO_EXT:
                for v in i.ext:
                    if v.op == GLOBAL:
                        _mention(found, v, False)
    return list(found.values())


def _mention(found: dict[str, tuple[GlobalSymbol, bool]], v: Instr, called: bool) -> None:
    s = v.aux
    assert isinstance(s, GlobalSymbol)
    old = found.get(s.name)
    found[s.name] = (s, called if old is None else old[1] and called)


def count_calls(functions: list[Function]) -> dict[str, int]:
    """Number of calls of each symbol that is mentioned by calls only."""
    calls: dict[str, int] = {}
    taken: set[str] = set()
    for f in functions:
        for b in f.blocks:
            for i in b.instrs:
                if i.a.op == GLOBAL and isinstance(i.a.aux, GlobalSymbol):
                    name = i.a.aux.name
                    if i.op == CALL:
                        calls[name] = calls.get(name, 0) + 1
                    else:
                        taken.add(name)
                for v in (i.b, *i.ext):
                    if v.op == GLOBAL and isinstance(v.aux, GlobalSymbol):
                        taken.add(v.aux.name)
    return {name: n for name, n in calls.items() if name not in taken}


def live(functions: list[Function], roots: set[str]) -> list[Function]:
    """The functions that the roots reach, in the order of `functions`."""
    by_name = {f.symbol.name: f for f in functions}
    seen: set[str] = set()
    work = [f.symbol.name for f in functions if f.symbol.name in roots or not f.symbol.local]
    while work:
        name = work.pop()
        if name in seen:
            continue
        seen.add(name)
        f = by_name.get(name)
        if f is not None:
            work.extend(s.name for s, _ in references(f) if s.name not in seen)
    return [f for f in functions if f.symbol.name in seen]


def bottom_up(functions: list[Function]) -> list[list[Function]]:
    """Strongly connected components, callees first (Tarjan), members in the order of `functions`."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[Function] = []
    out: list[list[Function]] = []
    place = {f.symbol.name: n for n, f in enumerate(functions)}
    callees: dict[str, list[Function]] = {}
    for f in functions:
        callees[f.symbol.name] = [s.function for s, _ in references(f) if s.function is not None and s.name in place]
    for root in functions:
        if root.symbol.name in index:
            continue
        work: list[tuple[Function, int]] = [(root, 0)]
        while work:
            f, n = work.pop()
            name = f.symbol.name
            if n == 0:
                index[name] = low[name] = len(index)
                stack.append(f)
                on_stack.add(name)
            else:
                low[name] = min(low[name], low[callees[name][n - 1].symbol.name])
            descended = False
            targets = callees[name]
            while n < len(targets):
                t = targets[n].symbol.name
                n += 1
                if t not in index:
                    work.append((f, n))
                    work.append((targets[n - 1], 0))
                    descended = True
                    break
                if t in on_stack:
                    low[name] = min(low[name], index[t])
            if descended or low[name] != index[name]:
                continue
            component: list[Function] = []
            while True:
                g = stack.pop()
                on_stack.discard(g.symbol.name)
                component.append(g)
                if g is f:
                    break
            component.sort(key=lambda g: place[g.symbol.name])
            out.append(component)
    return out
