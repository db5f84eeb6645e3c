"""The order of the passes: the table of contents of the optimiser.

Phase 1 goes over the call graph bottom-up: each function gets its early passes, then inlines its callees,
then the early passes again, and is kept as IR for its own callers.  Phase 2 takes the functions that are still
referenced: ABI lowering is done by then, `__builtin_constant_p` is decided, the late passes run.

A step is (name, pass); `-fopt-bisect-limit=N` lets the first N steps of the unit run (those marked in MANDATORY
always do), `-fverify-ir` checks the function after each.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from toolchain.cc.ir import debug
from toolchain.cc.ir.ir import Function
from toolchain.cc.ir.verifier import IRError, verify
from toolchain.cc.opt import (
    alignment,
    callgraph,
    combine_tests,
    correlate,
    dce,
    dse,
    gvn,
    if_conversion,
    inline,
    jump_threading,
    library_calls,
    licm,
    loop_rotation,
    merge_bytes,
    narrow,
    object_size,
    promote,
    propagate,
    resolve_builtins,
    simplify_cfg,
    strength,
    switch_lowering,
    tail_calls,
    tail_merge,
    unlikely,
)
from toolchain.cc.opt.context import OptContext

Pass = Callable[[Function, OptContext], bool]


def _propagate(f: Function, ctx: OptContext) -> bool:
    return propagate.run(f)


def _dce(f: Function, ctx: OptContext) -> bool:
    return dce.run(f)


def _simplify_cfg(f: Function, ctx: OptContext) -> bool:
    return simplify_cfg.run(f)


def _clean(f: Function, ctx: OptContext) -> bool:
    """Dead code and the branches around it, by turns: a diamond whose values died goes altogether."""
    changed = False
    for _ in range(8):
        if not dce.run(f):
            break
        changed = True
        if not simplify_cfg.run(f):
            break
    return changed


def _promote(f: Function, ctx: OptContext) -> bool:
    return promote.run(f)


def _gvn(f: Function, ctx: OptContext) -> bool:
    return gvn.run(f)


def _narrow(f: Function, ctx: OptContext) -> bool:
    return narrow.run(f)


def _combine_tests(f: Function, ctx: OptContext) -> bool:
    return combine_tests.run(f)


def _dse(f: Function, ctx: OptContext) -> bool:
    return dse.run(f)


def _dead_slots(f: Function, ctx: OptContext) -> bool:
    return dse.mark_dead_slots(f)


def _switch_lowering(f: Function, ctx: OptContext) -> bool:
    return switch_lowering.run(f, ctx)


def _jump_threading(f: Function, ctx: OptContext) -> bool:
    return jump_threading.run(f)


def _correlate(f: Function, ctx: OptContext) -> bool:
    return correlate.run(f)


def _if_conversion(f: Function, ctx: OptContext) -> bool:
    return if_conversion.run(f, ctx)


def _strength(f: Function, ctx: OptContext) -> bool:
    return strength.run(f, ctx)


def _licm(f: Function, ctx: OptContext) -> bool:
    return licm.run(f)


def _loop_rotation(f: Function, ctx: OptContext) -> bool:
    return loop_rotation.run(f)


def _merge_bytes(f: Function, ctx: OptContext) -> bool:
    return merge_bytes.run(f, ctx)


def _tail_calls(f: Function, ctx: OptContext) -> bool:
    return tail_calls.run(f, ctx)


def _library_calls(f: Function, ctx: OptContext) -> bool:
    return library_calls.run(f)


def _tail_merge(f: Function, ctx: OptContext) -> bool:
    return f.for_size and tail_merge.run(f)


def _alignment(f: Function, ctx: OptContext) -> bool:
    return alignment.run(f, ctx)


def _resolve_builtins(f: Function, ctx: OptContext) -> bool:
    return resolve_builtins.run(f)


def _object_size(f: Function, ctx: OptContext) -> bool:
    return f.object_sizes and object_size.run(f)


def _unlikely(f: Function, ctx: OptContext) -> bool:
    return unlikely.run(f)


PROPAGATE: Final = ("propagate", _propagate)
DCE: Final = ("dce", _dce)
CLEAN: Final = ("clean", _clean)
SIMPLIFY_CFG: Final = ("simplify-cfg", _simplify_cfg)
PROMOTE: Final = ("promote", _promote)
GVN: Final = ("gvn", _gvn)
NARROW: Final = ("narrow", _narrow)
COMBINE_TESTS: Final = ("combine-tests", _combine_tests)
DSE: Final = ("dse", _dse)
DEAD_SLOTS: Final = ("dead-slots", _dead_slots)
SWITCH_LOWERING: Final = ("switch-lowering", _switch_lowering)
JUMP_THREADING: Final = ("jump-threading", _jump_threading)
CORRELATE: Final = ("correlate", _correlate)
IF_CONVERSION: Final = ("if-conversion", _if_conversion)
STRENGTH: Final = ("strength", _strength)
LICM: Final = ("licm", _licm)
LOOP_ROTATION: Final = ("loop-rotation", _loop_rotation)
MERGE_BYTES: Final = ("merge-bytes", _merge_bytes)
TAIL_CALLS: Final = ("tail-calls", _tail_calls)
LIBRARY_CALLS: Final = ("library-calls", _library_calls)
TAIL_MERGE: Final = ("tail-merge", _tail_merge)
ALIGNMENT: Final = ("alignment", _alignment)
RESOLVE_BUILTINS: Final = ("resolve-builtins", _resolve_builtins)
OBJECT_SIZE: Final = ("object-size", _object_size)
UNLIKELY: Final = ("unlikely", _unlikely)

MANDATORY: Final = frozenset(("resolve-builtins", "simplify-cfg", "propagate", "switch-lowering", "library-calls"))

ABOUT_BRANCHES: Final = frozenset(
    ("correlate", "jump-threading", "if-conversion", "loop-rotation", "licm", "switch-lowering", "tail-merge", "unlikely"))

Steps = list[tuple[str, Pass]]

EARLY: Final[list[Steps]] = [
    # -O0: only what must not reach code generation
    [PROPAGATE, SIMPLIFY_CFG],
    # -O1
    [PROPAGATE, LIBRARY_CALLS, SIMPLIFY_CFG, ALIGNMENT, PROMOTE, PROPAGATE, SIMPLIFY_CFG, CLEAN],
    # -O2, -Os
    [PROPAGATE, LIBRARY_CALLS, SIMPLIFY_CFG, ALIGNMENT, PROMOTE, PROPAGATE, SIMPLIFY_CFG,
     NARROW, PROPAGATE, GVN, CORRELATE, PROPAGATE, JUMP_THREADING, SIMPLIFY_CFG, UNLIKELY, IF_CONVERSION, SIMPLIFY_CFG, CLEAN],
]

INLINED: Final[list[Steps]] = [[OBJECT_SIZE, *steps] for steps in EARLY]
"""What a function goes through when others have been inlined into it."""

LATE: Final[list[Steps]] = [
    [RESOLVE_BUILTINS, PROPAGATE, LIBRARY_CALLS, SIMPLIFY_CFG, SWITCH_LOWERING, SIMPLIFY_CFG],
    [RESOLVE_BUILTINS, PROPAGATE, LIBRARY_CALLS, SIMPLIFY_CFG, ALIGNMENT, PROMOTE, PROPAGATE, SIMPLIFY_CFG,
     SWITCH_LOWERING, SIMPLIFY_CFG, GVN, CORRELATE, PROPAGATE, SIMPLIFY_CFG, DSE, CLEAN, TAIL_CALLS, TAIL_MERGE, DEAD_SLOTS],
    [RESOLVE_BUILTINS, PROPAGATE, LIBRARY_CALLS, SIMPLIFY_CFG, ALIGNMENT, PROMOTE, PROPAGATE, SIMPLIFY_CFG,
     # values and branches
     NARROW, PROPAGATE, GVN, CORRELATE, PROPAGATE, JUMP_THREADING, SIMPLIFY_CFG, DSE, PROMOTE, PROPAGATE, LIBRARY_CALLS, ALIGNMENT, CLEAN,
     # loops
     UNLIKELY, LOOP_ROTATION, SIMPLIFY_CFG, LICM,
     # towards the machine
     CORRELATE, SWITCH_LOWERING, PROPAGATE, STRENGTH, GVN, JUMP_THREADING, PROPAGATE, SIMPLIFY_CFG,
     COMBINE_TESTS, SIMPLIFY_CFG, UNLIKELY, IF_CONVERSION, SIMPLIFY_CFG, COMBINE_TESTS, PROPAGATE, DSE, MERGE_BYTES, CLEAN, TAIL_CALLS, TAIL_MERGE, DEAD_SLOTS],
]


class Optimizer:
    """Runs the passes of one unit and keeps what they share."""

    def __init__(self, ctx: OptContext) -> None:
        self.ctx = ctx
        self.inliner = inline.Inliner(ctx)
        self.dump: Callable[[Function, str], None] | None = None    # called after each step (-fdump-ir)

    def steps(self, function: Function, steps: Steps) -> None:
        """Run the steps in order.  One that ran before is left out if nothing changed since, and one that is about
        branches if there are none."""
        ctx = self.ctx
        limit = ctx.options.opt_bisect_limit
        verify_each = ctx.options.verify_ir
        changes = 0
        seen: dict[str, int] = {}           # name of a pass -> `changes` when it had run
        for name, run in steps:
            ctx.passes_run += 1
            if limit >= 0:
                if ctx.passes_run <= limit:
                    ctx.last_step = f"{name} of {function.name}"
                elif name not in MANDATORY:
                    continue
            if seen.get(name) == changes or name in ABOUT_BRANCHES and len(function.blocks) == 1:
                continue
            values = function.debug
            if values is not None:
                debug.remember(function, values)
            if run(function, ctx):
                changes += 1
            if values is not None:
                debug.restore(function, values)
            seen[name] = changes
            if verify_each:
                self.check(function, name)
            if self.dump is not None:
                self.dump(function, name)

    def check(self, function: Function, name: str) -> None:
        """Run the verifier; the pass that broke the function is named."""
        try:
            verify(function)
        except IRError as e:
            raise IRError(f"after {name}: {e}") from e

    def early(self, function: Function) -> None:
        """Early passes of one function, without inlining."""
        self.steps(function, EARLY[min(function.level, 2)])
        self.inliner.forget(function)

    def inline(self, function: Function) -> None:
        """Inline callees (already through `early`) and clean up."""
        ctx = self.ctx
        ctx.passes_run += 1
        if self.inliner.run(function):
            if ctx.options.verify_ir:
                self.check(function, "inline")
            if self.dump is not None:
                self.dump(function, "inline")
            self.steps(function, INLINED[min(function.level, 2)])
            self.inliner.forget(function)
        elif function.object_sizes:
            self.steps(function, [OBJECT_SIZE, PROPAGATE])
            self.inliner.forget(function)

    def phase1(self, functions: list[Function], roots: set[str]) -> None:
        """Phase 1 for all functions of a unit; see `inline_all`."""
        for f in functions:
            self.early(f)
        self.inline_all(functions, roots)

    def inline_all(self, functions: list[Function], roots: set[str]) -> None:
        """Inline in all functions (which went through `early`), callees first.  `roots` names what is used whatever the
        functions do: external definitions, what data and assembly mention.

        First what must be inlined and what is shorter inline.  Then, with the functions that are still mentioned, those whose
        calls can all go."""
        self.inliner.references = {}
        for component in callgraph.bottom_up(functions):
            for f in component:
                self.inline(f)
        live = callgraph.live(functions, roots)
        called = callgraph.count_calls(live)
        self.inliner.references = {name: n for name, n in called.items() if name not in roots}
        for component in callgraph.bottom_up(live):
            for f in component:
                self.inline(f)

    def phase2(self, function: Function) -> None:
        """Late passes of a function that goes to code generation."""
        self.ctx.phase = 2
        self.steps(function, LATE[min(function.level, 2)])
