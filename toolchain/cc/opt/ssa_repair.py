"""Repair of SSA form after blocks were duplicated: several definitions of what was one value.

    b1: %1 = ...      b1': %1' = ...          a use of %1 in b2 becomes the phi [b1 %1], [b1' %1']
          b2: ... %1
"""
from __future__ import annotations

from toolchain.cc.ir.builder import SSABuilder
from toolchain.cc.ir.fold import RULES
from toolchain.cc.ir.ir import NIL, NO_EXT, PHI, Block, Function, Instr


def uses_outside(function: Function, block: Block) -> dict[int, Instr]:
    """Values defined in `block` that other blocks, or phis of any block, use; by id."""
    own = {i.id: i for i in block.instrs if i.ty}
    used: dict[int, Instr] = {}
    if not own:
        return used
    for b in function.blocks:
        inside = b is block
        for i in b.instrs:
            if inside and i.op != PHI:
                continue
            if i.a.id in own and i.a is not NIL:
                used[i.a.id] = i.a
            if i.b.id in own and i.b is not NIL:
                used[i.b.id] = i.b
            if i.ext is not NO_EXT:
                for v in i.ext:
                    if v.id in own:
                        used[v.id] = v
    return used


def repair(function: Function, block: Block, values: dict[int, Instr], others: list[tuple[Block, dict[int, Instr]]]) -> None:
    """`values` of `block` have further definitions in the blocks `others` (id of the value to the other
    definition): let every use see the right one.  The graph is complete."""
    ssa = SSABuilder(function)
    ssa.sealed = {b.id for b in function.blocks}
    variables: dict[int, int] = {}
    for ident, v in values.items():
        k = ssa.new_variable(v.ty)
        variables[ident] = k
        ssa.write_variable(block, k, v)
        for home, clones in others:
            ssa.write_variable(home, k, clones[ident])
    cloned = {home.id for home, _ in others}
    for b in function.blocks:
        inside = b is block or b.id in cloned
        for i in list(b.instrs):
            if i.op == PHI:
                if i.id in ssa.homes:
                    continue
                for n, v in enumerate(i.ext):
                    variable = variables.get(v.id)
                    if variable is not None:
                        i.ext[n] = ssa.read_variable(b.preds[n], variable)
                continue
            if inside:
                continue
            variable = variables.get(i.a.id)
            if variable is not None:
                i.a = ssa.read_variable(b, variable)
            variable = variables.get(i.b.id)
            if variable is not None:
                i.b = ssa.read_variable(b, variable)
            if i.ext is not NO_EXT:
                for n, v in enumerate(i.ext):
                    variable = variables.get(v.id)
                    if variable is not None:
                        i.ext[n] = ssa.read_variable(b, variable)
    ssa.finish()


def copy_for_edge(f: Function, b: Block, p: Block) -> tuple[list[Instr], dict[int, Instr]]:
    """What `b` computes when it is entered from `p`, without its terminator: copies of its instructions, folded with the values
    that its phis have there; and what each value of `b` has become, by id."""
    k = b.preds.index(p)
    values: dict[int, Instr] = {}
    body: list[Instr] = []
    for i in b.instrs[:-1]:
        if i.op == PHI:
            values[i.id] = i.ext[k]
            continue
        n = f.instr(i.op, i.ty, values.get(i.a.id, i.a), values.get(i.b.id, i.b), i.imm, i.loc)
        n.flags = i.flags
        n.aux = i.aux
        if i.ext is not NO_EXT:
            n.ext = [values.get(v.id, v) for v in i.ext]
        v = RULES[n.op](f, n)
        if v is n:
            body.append(n)
        values[i.id] = v
    return body, values
