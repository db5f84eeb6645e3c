"""Inlining.

    %5 = call i32 @f(i32 %4)           ->    the blocks of f; its parameter is %4, its slots are new slots here, and
    ret %5                                   its returns jump to   b9: %5' = phi i32 [...]

`always_inline` functions go into every caller, at every level.  Others by the estimates below, which are shaped
like gcc's (instructions after the parameters that are constant at this call are taken into account); at -Os only
where the caller does not grow.  Locations of the copied body get the chain "inlined from".

A function is inlined after its own early passes and inlining have run (the pipeline goes bottom-up), so one
look at each call of the caller is enough; calls that came in with a body are looked at again only if they
must be inlined.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir import debug
from toolchain.cc.ir.cfg import reachable, resolve_all
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    ALIGN_SHIFT,
    ALLOCA,
    ASM_GOTO,
    BITCAST,
    BRANCH,
    CALL,
    CONST,
    FCONST,
    FIRST_TERMINATOR,
    GLOBAL,
    I32,
    IJUMP,
    INTRINSIC,
    JUMP,
    LABEL,
    LAST_LEAF,
    LAST_PURE,
    MEMCPY,
    NIL,
    NIL_OP,
    NO_EXT,
    NO_RETURN,
    PARAM,
    PARAM_RECORD,
    PHI,
    PTR,
    RET,
    SLOT,
    STACK_RESTORE,
    STACK_SAVE,
    SWITCH,
    TAIL,
    TRUNC,
    UNDEF,
    VA_START,
    VOID,
    ZEXT,
    AsmInfo,
    Block,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    Intrinsic,
    StackSlot,
    resolve,
)
from toolchain.cc.ir.known import is_leaf
from toolchain.cc.ir.verifier import type_size
from toolchain.cc.opt.context import OptContext
from toolchain.cc.types import COMPLEX, STRUCT, UNION, Type
from toolchain.diagnostics import InlineResolver, Loc

# Sizes in instructions; gcc's parameters of the same meaning in brackets.
AUTO_LIMIT: Final = 15          # [max-inline-insns-auto at -O2] functions not declared inline
HINT_LIMIT: Final = 70          # [max-inline-insns-single at -O2] functions declared inline
EARLY_LIMIT: Final = 6          # [early-inlining-insns at -O2]
LARGE_FUNCTION: Final = 2700    # [large-function-insns]
GROWTH: Final = 2               # of a function that is large by itself [large-function-growth]
ONCE_LIMIT: Final = 3000
BODY_OVERHEAD: Final = 2        # of a function: return, alignment
LARGE_FRAME: Final = 256        # [large-stack-frame]
FRAME_GROWTH: Final = 10        # [large-stack-frame-growth, as a factor]
PACKS: Final = ("va_arg_pack", "va_arg_pack_len")
MAX_DEPTH: Final = 64           # rounds of always_inline within always_inline


class Summary:
    """What the heuristics know about a function: `size` in instructions; `by_param[n]`: instructions
    that are expected to go if parameter n is a constant."""

    def __init__(self, function: Function) -> None:
        self.size = 0
        self.frame = frame_bytes(function)
        self.by_param: dict[int, int] = {}
        self.inlinable = True
        self.has_alloca = False
        self.keeps_labels = False           # static data hold addresses of its labels: a copy would not be meant
        self.blocks = 0
        conditions: dict[int, int] = {}
        for b in function.blocks:
            self.blocks += 1
            self.keeps_labels = self.keeps_labels or b.address_taken and b.name != ""
            for i in b.instrs:
                op = i.op
                if op == PHI or op == PARAM or op == JUMP or op == RET:
                    continue
                self.size += 1 + (len(i.ext) if op == CALL else 0) + (2 if op == SWITCH else 0)
                n = _parameter_of(i, conditions)
                if n >= 0:
                    # One side of a branch goes: an equal share of what is left, at most.
                    self.by_param[n] = self.by_param.get(n, 0) + (4 if op == BRANCH or op == SWITCH else 1)
                    conditions[i.id] = n
                if op == IJUMP or op == VA_START:
                    self.inlinable = False
                elif op == ALLOCA:
                    self.has_alloca = True
        if function.returns_twice or function.naked or function.static_chain or function.lowered_abi:
            self.inlinable = False


def frame_bytes(function: Function) -> int:
    """Bytes of the objects in the frame."""
    return sum(s.size for s in function.slots if not s.dead)


def _parameter_of(i: Instr, known: dict[int, int]) -> int:
    """The one parameter that, with constants, decides instruction `i`; -1 if there is none."""
    if i.op > LAST_PURE and i.op != BRANCH and i.op != SWITCH or i.ext:
        return -1
    found = -1
    for v in (i.a, i.b):
        op = v.op
        if op == NIL_OP or op == CONST or op == FCONST:
            continue
        n = v.imm if op == PARAM else known.get(v.id, -1)
        if n < 0 or found >= 0 and n != found:
            return -1
        found = n
    return found


class Inliner:
    """Inlining for one unit; keeps the summaries.

    `references[name]` counts the mentions of a local function that nothing but calls mentions (absent: unknown,
    or its address is taken)."""

    def __init__(self, ctx: OptContext) -> None:
        self.ctx = ctx
        self.summaries: dict[str, Summary] = {}
        self.references: dict[str, int] = {}

    def summary(self, f: Function) -> Summary:
        """The summary, made on first use; `forget` it when the function changed."""
        s = self.summaries.get(f.symbol.name)
        if s is None:
            s = Summary(f)
            self.summaries[f.symbol.name] = s
        return s

    def forget(self, f: Function) -> None:
        """The function was changed."""
        self.summaries.pop(f.symbol.name, None)

    def run(self, function: Function) -> bool:
        """Inline into `function`; True if anything was."""
        changed = False
        size = self.summary(function).size
        budget = max(LARGE_FUNCTION, GROWTH * size)
        must_only = False
        for _ in range(MAX_DEPTH):
            sites = self.sites(function, must_only, size, budget)
            if not sites:
                break
            for i, callee in sites:
                size += self.summary(callee).size
                inline_call(function, i, callee, self.ctx)
            resolve_all(function)
            self.forget(function)
            changed = True
            must_only = not function.flatten
        return changed

    def sites(self, function: Function, must_only: bool, size: int, budget: int) -> list[tuple[Instr, Function]]:
        """Calls to inline now."""
        out: list[tuple[Instr, Function]] = []
        for b in reachable(function):
            for i in b.instrs:
                if i.op != CALL or i.a.op != GLOBAL or i.a.imm:
                    continue
                s = i.a.aux
                if not isinstance(s, GlobalSymbol) or s.function is None or s.function is function:
                    continue
                callee = s.function
                if self.wanted(function, i, callee, b, must_only or size > budget):
                    out.append((i, callee))
                    size += self.summary(callee).size
        return out

    def wanted(self, caller: Function, i: Instr, callee: Function, b: Block, must_only: bool) -> bool:
        """The decision for one call."""
        info = i.aux
        if not isinstance(info, CallInfo) or not callee.blocks or not arguments_fit(i, callee):
            return False
        if callee.noinline and (not does_nothing(callee) or caller.level < 1 or callee.symbol.weak or not self.ctx.options.flag("ipa-pure-const", True)):
            return False
        if i.ext and _is_pack(i.ext[-1]):
            return False            # what stands there, and how many, is known once the caller itself is inlined
        s = self.summary(callee)
        if not s.inlinable:
            return False
        if callee.always_inline or info.always_inline:
            return True
        if s.keeps_labels:
            return False
        if caller.level < 1 or callee.symbol.weak or callee.section != caller.section and callee.section != "":
            return False
        if caller.flatten:
            return True
        if must_only or caller.naked or self.calls(callee, callee):
            return False
        if not self.ctx.options.flag("inline", True):
            return False
        if s.frame > LARGE_FRAME and frame_bytes(caller) * FRAME_GROWTH < s.frame:
            return False            # its objects would lie in the frame all the time that the caller runs
        size = s.size
        cost = 3 + len(i.ext) + (1 if i.ty != VOID else 0)
        for n, v in enumerate(i.ext[1 if info.result_address else 0:]):
            if v.op == CONST or v.op == FCONST or v.op == GLOBAL:
                size -= s.by_param.get(n, 0)
        if size <= cost:
            return True
        mentions = self.references.get(callee.symbol.name, 0) if callee.symbol.local else 0
        if mentions == 1 and not callee.cold and s.size <= ONCE_LIMIT:
            return self.ctx.options.flag("inline-functions-called-once", True)
        if mentions and mentions * (size - cost) <= s.size + BODY_OVERHEAD:
            return True         # with all calls inlined the function itself goes, and that is shorter
        if caller.for_size or b.cold or caller.cold or callee.cold:
            return False
        if size <= EARLY_LIMIT + cost:
            return True
        if caller.level < 2:
            return False
        return size <= (HINT_LIMIT if callee.inline_hint else AUTO_LIMIT if self.ctx.options.flag("inline-functions", True) else 0)

    def calls(self, function: Function, target: Function) -> bool:
        """Whether `function` calls `target` directly."""
        for b in function.blocks:
            for i in b.instrs:
                if i.op == CALL and i.a.op == GLOBAL and i.a.aux is target.symbol:
                    return True
        return False


def does_nothing(f: Function) -> bool:
    """Whether a function returns at once, without a value: calls go even with attribute noinline, as gcc's manual warns
    (an empty asm statement keeps them), and what their arguments name need not exist: apply_retpolines in Linux."""
    if f.noipa or f.naked or f.level < 1 or len(f.blocks) != 1:
        return False
    code = f.blocks[0].instrs
    return len(code) == 1 and code[0].op == RET and code[0].a is NIL


def arguments_fit(i: Instr, callee: Function) -> bool:
    """Whether the call passes what the callee expects: enough arguments, records where it expects records."""
    info = i.aux
    assert isinstance(info, CallInfo)
    first = 1 if info.result_address else 0
    passed = len(i.ext) - first
    if info.static_chain or passed < len(callee.param_types):
        return False
    returns_record = callee.ftype.base.unq.size > 0 and any(
        b.instrs and b.instrs[-1].op == RET and b.instrs[-1].a is not NIL for b in callee.blocks) and i.ty == VOID and first == 0
    if returns_record and callee.ftype.base.unq.kind in (COMPLEX, STRUCT, UNION):
        return False        # result ignored without a place for it
    for b in callee.blocks[:1]:
        for p in b.instrs:
            if p.op == PARAM and (p.imm < 0 or not convertible(callee, i.ext[first + p.imm].ty, p.ty)):
                return False
    return True


def convertible(f: Function, source: int, target: int) -> bool:
    """Whether an argument of IR type `source` can stand for a parameter of type `target`."""
    if source == target:
        return True
    if source <= PTR and target <= PTR:
        return target != PTR and source != PTR or type_size(f, source) == type_size(f, target)
    return type_size(f, source) == type_size(f, target) and source < 256 and target < 256


class _Locations:
    """Locations of one inlined copy."""

    def __init__(self, ctx: OptContext, callee: Function, site: Loc) -> None:
        self.first = callee.loc_first
        self.last = callee.loc_last
        self.base = 0
        self.table = ctx.locations
        self.nested: dict[Loc, Loc] | None = {} if ctx.options.debug else None      # copies inside the callee -> their copies
        if self.first and self.last >= self.first and site:
            resolver = InlineResolver(ctx.locations, self.first, site, callee.name)
            self.base = ctx.locations.add(self.last - self.first + 1, resolver)

    def map(self, loc: Loc) -> Loc:
        if self.base and self.first <= loc <= self.last:
            return self.base + loc - self.first
        if self.nested is None or not loc or not self.base:
            return loc
        found = self.table.inlined(loc)
        if found is None:
            return loc
        base, count, resolver = found
        return self.copy_of(base, count, resolver) + loc - base

    def copy_of(self, base: Loc, count: int, resolver: InlineResolver) -> Loc:
        """Debug information wants the whole chain: what was inlined into the callee has locations of its own here."""
        assert self.nested is not None
        known = self.nested.get(base)
        if known is None:
            known = self.table.add(count, InlineResolver(self.table, resolver.body_base, self.map(resolver.call_site), resolver.callee))
            self.nested[base] = known
        return known

    def instance(self, base: Loc) -> Loc:
        """As `map`, for the first location of an inlined copy; 0 is the callee's own body."""
        return self.map(base) if base else self.base


class _Copier(debug.Clones):
    """Clones the body of `callee` into `caller`."""

    def __init__(self, caller: Function, callee: Function, ctx: OptContext, site: Loc) -> None:
        self.caller = caller
        self.callee = callee
        self.values: list[Instr] = [NIL] * callee.next_id
        self.blocks: dict[int, Block] = {}
        self.slots: dict[int, StackSlot] = {}
        self.locations = _Locations(ctx, callee, site)
        self.arguments: list[Instr] = []
        self.pack: list[Instr] = []         # variable arguments of the call, and their types
        self.pack_types: list[Type] = []
        self.returns: list[tuple[Block, Instr]] = []
        self.result_address = NIL
        self.site_pad: Block | None = None      # where exceptions land that pass through the inlined call

    def value(self, v: Instr) -> Instr:
        """The caller's value for an operand of the callee."""
        if v is NIL:
            return NIL
        known = self.values[v.id]
        if known is not NIL:
            return resolve(known)
        if is_leaf(v):
            known = self.leaf(v)
            self.values[v.id] = known
            return known
        raise AssertionError(f"{self.callee.name}: %{v.id} used before its definition")

    def instance(self, base: Loc) -> Loc:
        """See `debug.Clones`."""
        return self.locations.instance(base)

    def clone_of(self, v: Instr) -> Instr:
        """See `debug.Clones`."""
        if v is NIL or v.op == LABEL or isinstance(v.aux, StackSlot) and v.aux.index not in self.slots:
            return NIL
        known = self.values[v.id] if v.id < len(self.values) else NIL
        if known is not NIL:
            return resolve(known)
        return self.leaf(v) if is_leaf(v) else NIL

    def leaf(self, v: Instr) -> Instr:
        f = self.caller
        op = v.op
        if op == CONST:
            return f.const(v.ty, v.imm)
        if op == FCONST:
            return f.fconst(v.ty, v.imm)
        if op == UNDEF:
            return f.undef(v.ty)
        aux = v.aux
        if op == GLOBAL and isinstance(aux, GlobalSymbol):
            return f.global_address(aux, v.imm)
        if op == SLOT and isinstance(aux, StackSlot):
            return f.slot_address(self.slots[aux.index], v.imm)
        assert op == LABEL and isinstance(aux, Block)
        block = self.blocks.get(aux.id)
        return f.const(PTR, 1) if block is None else f.label_address(block)     # 1: the label's block was dead

    def run(self, blocks: list[Block], cold: bool) -> None:
        f = self.caller
        for s in self.callee.slots:
            if not s.dead:
                n = f.new_slot(s.size, s.align, s.name)
                n.user_variable = s.user_variable
                n.variable = s.variable
                n.instance = self.locations.instance(s.instance)
                n.is_array = s.is_array
                self.slots[s.index] = n
        for b in blocks:
            n_b = f.new_block()
            n_b.cold = b.cold or cold
            n_b.name = "" if b.address_taken else b.name     # labels that data names are fixed; a copy has its own
            self.blocks[b.id] = n_b
        phis: list[tuple[Instr, Instr]] = []
        for b in blocks:
            self.block(b, self.blocks[b.id], phis)
        for old, new in phis:
            new.ext = [self.value(v) for v in old.ext]
        if f.debug is not None and self.callee.debug is not None:
            debug.copy_bindings(self.callee.debug, f.debug, blocks, self.blocks, self)

    def block(self, b: Block, new: Block, phis: list[tuple[Instr, Instr]]) -> None:
        f = self.caller
        new.succs = [self.blocks[s.id] for s in b.succs]
        new.preds = [self.blocks[p.id] for p in b.preds]
        out = new.instrs
        values = self.values
        for i in b.instrs:
            op = i.op
            if op == PARAM:
                values[i.id] = self.parameter(i, out)
                continue
            if op == RET:
                self.returns.append((new, self.value(i.a)))
                t = f.instr(JUMP, VOID)
                t.loc = self.locations.map(i.loc)
                out.append(t)
                continue
            a = i.a
            if a is not NIL:
                a = values[a.id]
                a = resolve(a) if a is not NIL else self.value(i.a)
            c = i.b
            if c is not NIL:
                c = values[c.id]
                c = resolve(c) if c is not NIL else self.value(i.b)
            n = Instr(op, i.ty, f.next_id, i.imm, a, c, NO_EXT, self.locations.map(i.loc))
            f.next_id += 1
            n.flags = i.flags
            n.aux = i.aux
            values[i.id] = n
            if op == PHI:
                phis.append((i, n))
                out.append(n)
                continue
            if i.ext is not NO_EXT:
                n.ext = [self.value(v) for v in i.ext]
            if op == INTRINSIC and isinstance(i.aux, Intrinsic) and i.aux.name in PACKS:
                values[i.id] = f.const(I32, len(self.pack))
                continue
            if op == CALL:
                n.flags &= ~TAIL
                if i.ext and _is_pack(i.ext[-1]):
                    self.unpack(i, n)
                if self.site_pad is not None or isinstance(i.aux, CallInfo) and i.aux.pad is not None:
                    self.guard(n)
            elif op == ASM_GOTO:
                n.aux = self.asm_goto(i, new)
            elif op == PARAM_RECORD:
                self.record(i, n)
            elif op < FIRST_TERMINATOR and op > LAST_LEAF:
                v = simplify(f, n)
                if v is not n:
                    values[i.id] = v
                    continue
            out.append(n)

    def guard(self, n: Instr) -> None:
        """An exception that passes through the call lands where the callee says, else where the inlined call's would."""
        old = n.aux
        assert isinstance(old, CallInfo)
        info = _like(old, old.arg_types)
        info.pad = self.blocks[old.pad.id] if old.pad is not None else self.site_pad
        n.aux = info

    def unpack(self, i: Instr, n: Instr) -> None:
        """A call that passes `__builtin_va_arg_pack()` on: the variable arguments stand in its place."""
        old = i.aux
        assert isinstance(old, CallInfo)
        n.aux = _like(old, [*old.arg_types[:-1], *self.pack_types])
        n.ext = [*n.ext[:-1], *self.pack]

    def parameter(self, i: Instr, out: list[Instr]) -> Instr:
        f = self.caller
        v = self.arguments[i.imm]
        if v.ty == i.ty:
            return v
        op = BITCAST
        if v.ty < PTR and i.ty < PTR:
            op = TRUNC if type_size(f, v.ty) > type_size(f, i.ty) else ZEXT
        n = f.instr(op, i.ty, v)
        r = simplify(f, n)
        if r is n:
            out.append(n)
        return r

    def record(self, i: Instr, n: Instr) -> None:
        ty = self.callee.param_types[i.imm]
        n.op = MEMCPY
        n.b = self.arguments[i.imm]
        n.imm = max(ty.unq.size, 0)
        n.flags = (ty.user_align or ty.unq.align).bit_length() << ALIGN_SHIFT

    def asm_goto(self, i: Instr, new: Block) -> AsmInfo:
        old = i.aux
        assert isinstance(old, AsmInfo)
        info = AsmInfo(old.template)
        info.operands = old.operands
        info.num_outputs = old.num_outputs
        info.outputs = old.outputs
        info.clobbers = old.clobbers
        info.clobbers_memory = old.clobbers_memory
        info.is_volatile = old.is_volatile
        info.label_blocks = new.succs[1:]
        info.label_names = old.label_names
        info.function_hint = old.function_hint
        return info


def _is_pack(v: Instr) -> bool:
    return v.op == INTRINSIC and isinstance(v.aux, Intrinsic) and v.aux.name == "va_arg_pack"


def _like(old: CallInfo, arg_types: list[Type]) -> CallInfo:
    """A copy with these types of arguments."""
    info = CallInfo(old.ftype, arg_types, old.result_address)
    info.static_chain = old.static_chain
    info.noreturn = old.noreturn
    info.nontail = old.nontail
    info.returns_twice = old.returns_twice
    info.always_inline = old.always_inline
    info.pure = old.pure
    info.builtin = old.builtin
    info.alloc_size = old.alloc_size
    info.pad = old.pad
    return info


def inline_call(caller: Function, call: Instr, callee: Function, ctx: OptContext) -> None:
    """Replace `call` by the body of `callee`.  Operands of the caller must be resolved afterwards."""
    home = next(b for b in caller.blocks if call in b.instrs)
    at = home.instrs.index(call)
    body = reachable(callee)
    copier = _Copier(caller, callee, ctx, call.loc)
    info = call.aux
    assert isinstance(info, CallInfo)
    args = [resolve(v) for v in call.ext]
    if info.result_address:
        copier.result_address = args.pop(0)
    copier.arguments = args
    copier.site_pad = info.pad
    if callee.variadic:
        fixed = len(callee.param_types)
        copier.pack = args[fixed:]
        copier.pack_types = info.arg_types[fixed:]
    copier.run(body, home.cold)
    # The rest of the block follows in a block of its own.
    rest = caller.new_block()
    rest.cold = home.cold
    rest.instrs = home.instrs[at + 1:]
    rest.succs = home.succs
    for s in rest.succs:
        for k, p in enumerate(s.preds):
            if p is home:
                s.preds[k] = rest
    del home.instrs[at:]
    if caller.debug is not None and call.id in caller.debug.after:
        caller.debug.starts[rest.id] = caller.debug.after.pop(call.id)
    first = copier.blocks[body[0].id]
    if grows_stack(callee):
        _save_stack(caller, home, rest, call.loc)
    t = caller.instr(JUMP, VOID)
    t.loc = call.loc
    home.instrs.append(t)
    home.succs = [first]
    first.preds = [home]
    _connect_returns(caller, copier, call, rest)
    k = caller.blocks.index(home) + 1
    caller.blocks[k:k] = [copier.blocks[b.id] for b in body] + [rest]
    caller.calls_alloca = caller.calls_alloca or callee.calls_alloca
    caller.object_sizes = caller.object_sizes or callee.object_sizes
    caller.stack_protect = max(caller.stack_protect, callee.stack_protect)
    caller.uses_frame_address = caller.uses_frame_address or callee.uses_frame_address


def grows_stack(callee: Function) -> bool:
    """Whether the callee's frame grows at run time."""
    return any(i.op == ALLOCA for b in callee.blocks for i in b.instrs)


def _save_stack(caller: Function, home: Block, rest: Block, loc: Loc) -> None:
    """What the callee allocates on the stack ends with it."""
    save = caller.instr(STACK_SAVE, PTR)
    save.loc = loc
    home.instrs.append(save)
    restore = caller.instr(STACK_RESTORE, VOID, save)
    restore.loc = loc
    rest.instrs.insert(0, restore)


def _connect_returns(caller: Function, copier: _Copier, call: Instr, rest: Block) -> None:
    """Edges from the former returns, and the phi of their values."""
    values: list[Instr] = []
    for block, value in copier.returns:
        block.succs = [rest]
        rest.preds.append(block)
        if copier.result_address is not NIL and value is not NIL:
            ty = copier.callee.ftype.base
            n = caller.instr(MEMCPY, VOID, copier.result_address, value, ty.unq.size, call.loc)
            n.flags = (ty.user_align or ty.unq.align).bit_length() << ALIGN_SHIFT
            block.instrs.insert(len(block.instrs) - 1, n)
        elif value is not NIL and call.ty != VOID:
            values.append(_adapt(caller, block, value, call.ty))
        else:
            values.append(caller.undef(call.ty) if call.ty != VOID else NIL)
    if call.ty == VOID:
        return
    if not values:
        call.fwd = caller.undef(call.ty)    # never returns: `rest` has no predecessor and will go
    elif len(values) == 1:
        call.fwd = values[0]
    else:
        phi = caller.instr(PHI, call.ty)
        phi.loc = call.loc
        phi.ext = values
        rest.instrs.insert(0, phi)
        call.fwd = phi


def _adapt(caller: Function, block: Block, value: Instr, ty: int) -> Instr:
    """The returned value in the type that the call expects (they differ under a wrong prototype)."""
    if value.ty == ty:
        return value
    op = BITCAST
    if value.ty < PTR and ty < PTR:
        op = TRUNC if type_size(caller, value.ty) > type_size(caller, ty) else ZEXT
    elif type_size(caller, value.ty) != type_size(caller, ty):
        return caller.undef(ty)
    n = caller.instr(op, ty, value)
    block.instrs.insert(len(block.instrs) - 1, n)
    return n


def direct_calls(function: Function) -> None:
    """Mark calls of functions that do not return, by the symbol's attribute."""
    for b in function.blocks:
        for i in b.instrs:
            if i.op == CALL and i.a.op == GLOBAL and isinstance(i.a.aux, GlobalSymbol) and i.a.aux.noreturn:
                i.flags |= NO_RETURN
