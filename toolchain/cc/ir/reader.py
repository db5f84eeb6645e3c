"""Reads the text form that `printer.py` writes.

C types are made from IR types (i32 is `int`, ptr is `void *`, record:size:align an anonymous record), which is
enough for passes and for tests of ABI lowering of scalars.
"""
from __future__ import annotations

import re
from typing import Final

from toolchain.cc import types as ct
from toolchain.cc.ir.ir import (
    ALIGN_SHIFT,
    ASM,
    ASM_GOTO,
    CALL,
    FIRST_COMPARE,
    I32,
    INTRINSIC,
    LAST_COMPARE,
    LOAD,
    NIL,
    OBJSIZE,
    OP_NAMES,
    ORDER_SHIFT,
    PHI,
    PTR,
    SHUFFLE,
    STORE,
    SWITCH,
    TYPE_NAMES,
    VA_ARG,
    VOID,
    AsmInfo,
    AsmOperand,
    Block,
    CallInfo,
    Function,
    GlobalSymbol,
    Instr,
    IntList,
    Intrinsic,
    SwitchCases,
    TypeRef,
)
from toolchain.cc.ir.printer import FLAG_NAMES

OPCODES: Final = {name: op for op, name in enumerate(OP_NAMES)}
TYPES: Final = {name: ty for ty, name in enumerate(TYPE_NAMES)}
C_KINDS: Final = {
    "void": (ct.VOID, 1), "i8": (ct.SCHAR, 1), "i16": (ct.SHORT, 2), "i32": (ct.INT, 4), "i64": (ct.LLONG, 8), "i128": (ct.INT128, 16),
    "f16": (ct.FLOAT16, 2), "bf16": (ct.BFLOAT16, 2), "f32": (ct.FLOAT, 4), "f64": (ct.DOUBLE, 8), "f80": (ct.LDOUBLE, 16),
    "f128": (ct.FLOAT128, 16),
}
_TOKEN: Final = re.compile(r'\s*(?:#[^\n]*?(?=\d|-)|"(?:\\.|[^"\\])*"|@"[^"]*"|[@%$&]?[A-Za-z_.$][\w.$:]*|[%$]\d+|-?(?:0x[0-9a-f]+|\d+)(?:\.\.\d+)?(?::\w+)?|\.\.\.|\S)')


class ReadError(Exception):
    """The text is not IR."""


class SymbolTable:
    """Symbols by name, shared by the functions of one text."""

    def __init__(self) -> None:
        self.symbols: dict[str, GlobalSymbol] = {}

    def get(self, name: str) -> GlobalSymbol:
        """The symbol `name`, made on first mention."""
        s = self.symbols.get(name)
        if s is None:
            s = GlobalSymbol(name)
            self.symbols[name] = s
        return s


def c_type(name: str) -> ct.Type:
    """C type of an IR type's name."""
    if name == "ptr":
        return ct.PointerType(ct.Type(ct.VOID, 1, 1), 8, 8)
    if name.startswith("record:"):
        _, size, align = name.split(":")
        r = ct.RecordType(ct.STRUCT, "")
        r.size = int(size)
        r.align = int(align)
        r.complete = True
        return r
    if name.startswith("v") and name[1:2].isdigit():
        m = re.fullmatch(r"v(\d+)(\w+)", name)
        if m:
            return ct.VectorType(c_type(m[2]), int(m[1]), int(m[1]) * c_type(m[2]).size)
    if name not in C_KINDS:
        raise ReadError(f"unknown type {name!r}")
    kind, size1 = C_KINDS[name]
    return ct.Type(kind, size1, size1)


def ir_type(name: str) -> int:
    """IR type by name."""
    if name in TYPES:
        return TYPES[name]
    m = re.fullmatch(r"v(\d+)(\w+)", name)
    if m and m[2] in TYPES:
        return int(m[1]) << 8 | TYPES[m[2]]
    if name.startswith("record:"):
        return PTR
    raise ReadError(f"unknown type {name!r}")


class _Reader:
    """Reads one function; `lines` are those between its head and its closing brace."""

    def __init__(self, table: SymbolTable, function: Function, lines: list[str]) -> None:
        self.table = table
        self.f = function
        self.lines = lines
        self.blocks: dict[str, Block] = {}
        self.values: dict[str, Instr] = {}
        self.fixups: list[tuple[Instr, int, str]] = []      # instruction, 0 a, 1 b, 2 + n ext[n]; name
        self.preds: dict[int, list[str]] = {}
        self.phis: list[tuple[Block, Instr, list[tuple[str, str]]]] = []
        self.tokens: list[str] = []
        self.at = 0

    def run(self) -> None:
        block: Block | None = None
        for line in self.lines:
            m = re.match(r"(b\d+):(?:\s*preds (.*))?$", line)
            if m:
                block = self.block(m[1])
                self.f.blocks.append(block)
                if m[2]:
                    self.preds[block.id] = [p.strip() for p in m[2].split(",")]
            elif line.startswith("slot "):
                w = line.split()
                slot = self.f.new_slot(int(w[3]), int(w[5]), w[6].strip('"') if len(w) > 6 else "")
                if w[1] != f"${slot.index}":
                    raise ReadError(f"slots must be numbered in order: {line}")
            elif block is None:
                raise ReadError(f"instruction outside of a block: {line}")
            else:
                self.tokens = [t.strip() for t in _TOKEN.findall(line)]
                self.at = 0
                try:
                    self.instruction(block)
                except (IndexError, ValueError, KeyError) as e:
                    raise ReadError(f"{line}: {e}") from e
        self.connect()

    def connect(self) -> None:
        f = self.f
        for b in f.blocks:
            for s in b.succs:
                s.preds.append(b)
        for b in f.blocks:
            names = self.preds.get(b.id)
            if names is not None:
                want = [self.block(n) for n in names]
                if sorted(p.id for p in want) != sorted(p.id for p in b.preds):
                    raise ReadError(f"b{b.id}: predecessors do not match the terminators")
                b.preds = want
        for i, place, name in self.fixups:
            v = self.values.get(name)
            if v is None:
                raise ReadError(f"{name} is not defined")
            if place == 0:
                i.a = v
            elif place == 1:
                i.b = v
            else:
                i.ext[place - 2] = v
        for b, i, pairs in self.phis:
            by_name: dict[str, Instr] = {}
            for pred, text in pairs:
                by_name[pred] = self.values[text] if text.startswith("%") else self.leaf(text, i.ty)
            i.ext = [by_name[f"b{p.id}"] for p in b.preds]

    def block(self, name: str) -> Block:
        b = self.blocks.get(name)
        if b is None:
            if not re.fullmatch(r"b\d+", name):
                raise ReadError(f"block expected, not {name!r}")
            b = Block(int(name[1:]))
            self.f.next_block = max(self.f.next_block, b.id + 1)
            self.blocks[name] = b
        return b

    def next(self) -> str:
        t = self.tokens[self.at]
        self.at += 1
        return t

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def accept(self, text: str) -> bool:
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def leaf(self, text: str, default: int) -> Instr:
        f = self.f
        if text == "nil":
            return NIL
        if text[0] == "@":
            offset = 0
            if self.peek() in ("+", "-") or re.fullmatch(r"[+-]\d+", self.peek()):
                offset = self.offset()
            return f.global_address(self.table.get(text[1:].strip('"')), offset)
        if text[0] == "$":
            offset = 0
            if self.peek() in ("+", "-") or re.fullmatch(r"[+-]\d+", self.peek()):
                offset = self.offset()
            return f.slot_address(f.slots[int(text[1:])], offset)
        if text[0] == "&":
            return f.label_address(self.block(text[1:] or self.next()))
        number, _, name = text.partition(":")
        ty = ir_type(name) if name else default
        if number == "undef":
            return f.undef(ty)
        if ty & 255 > PTR:
            return f.fconst(ty, int(number, 0))
        return f.const(ty, int(number, 0))

    def offset(self) -> int:
        t = self.next()
        if t in "+-":
            return int(t + self.next())
        return int(t)

    def value(self, i: Instr, place: int, default: int) -> Instr:
        """Read an operand into its place; names are filled in at the end."""
        t = self.next()
        if t.startswith("%"):
            self.fixups.append((i, place, t))
            return NIL
        v = self.leaf(t, default)
        if place == 0:
            i.a = v
        elif place == 1:
            i.b = v
        else:
            i.ext[place - 2] = v
        return v

    def address(self, i: Instr) -> None:
        self.next()

        t = self.next()
        if t.startswith("%"):
            self.fixups.append((i, 0, t))
        else:
            head = t[1:].strip('"')
            if t[0] == "@":
                i.a = self.f.global_address(self.table.get(head))
            elif t[0] == "$":
                i.a = self.f.slot_address(self.f.slots[int(head)])
            else:
                i.a = self.leaf(t, PTR)
        if self.peek() != "]":
            i.imm = self.offset()
        if not self.accept("]"):
            raise ValueError("] expected")

    def flags(self, i: Instr) -> None:
        while self.at < len(self.tokens):
            t = self.next()
            if t == "order":
                i.flags |= int(self.next()) << ORDER_SHIFT
            elif t == "align":
                i.flags |= int(self.next()).bit_length() << ALIGN_SHIFT
            else:
                for bit, name in FLAG_NAMES:
                    if name == t:
                        i.flags |= bit
                        break
                else:
                    raise ValueError(f"unexpected {t!r}")

    def instruction(self, block: Block) -> None:
        name = ""
        if self.peek().startswith("%"):
            name = self.next()
            self.next()
        op = OPCODES[self.next()]
        i = self.f.instr(op, VOID)
        self.f.object_sizes = self.f.object_sizes or op == OBJSIZE
        block.instrs.append(i)
        if name:
            number = int(name[1:])
            i.id = number
            self.f.next_id = max(self.f.next_id, number + 1)
            self.values[name] = i
        if op == LOAD:
            i.ty = ir_type(self.next())
            self.address(i)
        elif op == STORE:
            self.value(i, 1, ir_type(self.next()))
            self.accept(",")
            self.address(i)
        elif op == PHI:
            self.phi(block, i)
        elif op == CALL:
            self.call(i)
        elif op == ASM or op == ASM_GOTO:
            self.asm(block, i)
        else:
            self.plain(block, i, bool(name))
        self.flags(i)

    def phi(self, block: Block, i: Instr) -> None:
        i.ty = ir_type(self.next())
        pairs: list[tuple[str, str]] = []
        while self.accept("["):
            pred = self.next()
            text = self.next()
            while self.peek() != "]":
                text += self.next()
            self.next()
            self.accept(",")
            pairs.append((pred, text))
        i.ext = []
        for n, (pred, text) in enumerate(pairs):
            m = re.fullmatch(r"([@$].*?)([+-]\d+)", text)
            if m:
                base = self.leaf(m[1], PTR)
                key = f"%%{i.id}.{n}"
                self.values[key] = self.leaf_at(base, int(m[2]))
                pairs[n] = (pred, key)
        self.phis.append((block, i, pairs))

    def leaf_at(self, base: Instr, offset: int) -> Instr:
        s = base.aux
        if isinstance(s, GlobalSymbol):
            return self.f.global_address(s, offset)
        return self.f.slot_address(self.f.slots[s.index], offset) if s is not None and hasattr(s, "index") else base

    def call(self, i: Instr) -> None:
        result = self.next()
        i.ty = ir_type(result) if not result.startswith("record:") else VOID
        self.value(i, 0, PTR)
        args: list[ct.Type] = []
        i.ext = []
        has_result = False
        variadic = False
        if not self.accept("("):
            raise ValueError("( expected")
        while not self.accept(")"):
            if self.accept("..."):
                variadic = True
            elif self.accept("result"):
                has_result = True
                i.ext.append(NIL)
                self.value(i, 1 + len(i.ext), PTR)
            else:
                t = self.next()
                args.append(c_type(t))
                i.ext.append(NIL)
                self.value(i, 1 + len(i.ext), ir_type(t))
            self.accept(",")
        info = CallInfo(ct.FunctionType(c_type(result), args, variadic, True), args, has_result)
        i.aux = info
        while self.peek() in ("info_noreturn", "nontail", "info_returns_twice", "pure", "builtin"):
            t = self.next()
            if t == "info_noreturn":
                info.noreturn = True
            elif t == "nontail":
                info.nontail = True
            elif t == "info_returns_twice":
                info.returns_twice = True
            elif t == "pure":
                info.pure = int(self.next())
            else:
                info.builtin = self.next()

    def string(self) -> str:
        t = self.next()
        return re.sub(r"\\(.)", _unescape, t[1:-1])

    def asm(self, block: Block, i: Instr) -> None:
        i.ty = ir_type(self.next())
        info = AsmInfo(self.string())
        i.aux = info
        i.ext = []
        self.next()
        while not self.accept(")"):
            name = ""
            if self.accept("["):
                name = self.next()
                self.next()
            out = self.accept("out")
            o = AsmOperand(name, self.string(), ir_type(self.next()))
            o.is_output = out
            while self.peek() not in (",", ")"):
                self.asm_operand(i, o)
            self.accept(",")
            if out:
                info.num_outputs += 1
                if not o.is_memory:
                    info.outputs.append(len(info.operands))
            info.operands.append(o)
        while self.peek() in ("clobber", "clobber_memory", "volatile_asm"):
            t = self.next()
            if t == "clobber":
                info.clobbers.append(self.string())
            elif t == "clobber_memory":
                info.clobbers_memory = True
            else:
                info.is_volatile = True
        while self.accept(","):
            s = self.block(self.next())
            block.succs.append(s)
            if len(block.succs) > 1:
                info.label_blocks.append(s)
                info.label_names.append("")

    def asm_operand(self, i: Instr, o: AsmOperand) -> None:
        t = self.peek()
        if t == "early":
            o.early = True
        elif t == "memory":
            o.is_memory = True
        elif t in ("tied", "size", "in"):
            self.next()
            if t == "tied":
                o.tied = int(self.peek())
            elif t == "size":
                o.size = int(self.peek())
            else:
                o.register = self.peek()
        else:
            o.value_index = len(i.ext)
            i.ext.append(NIL)
            self.value(i, 1 + len(i.ext), o.ty)
            return
        self.next()

    def plain(self, block: Block, i: Instr, named: bool) -> None:
        op = i.op
        compare = FIRST_COMPARE <= op <= LAST_COMPARE
        default = I32
        if named:
            ty = ir_type(self.next())
            i.ty = ty
            default = ty
            if compare:
                i.ty = I32 if ty < 256 else ty
            elif ty == PTR:
                default = self.f.pointer_type
        if op == INTRINSIC:
            i.aux = Intrinsic(self.next(), self.accept("pure"))
        elif op == VA_ARG:
            i.aux = TypeRef(c_type(self.next()))
        elif op == SHUFFLE:
            self.next()
            lanes: list[int] = []
            while not self.accept(">"):
                lanes.append(int(self.next()))
            i.aux = IntList(lanes)
        if self.accept("#"):
            i.imm = int(self.next(), 0)
        self.operands(block, i, default)

    def operands(self, block: Block, i: Instr, default: int) -> None:
        place = 0
        cases = SwitchCases() if i.op == SWITCH else None
        if cases is not None:
            i.aux = cases
        words = {name for _, name in FLAG_NAMES} | {"order", "align"}
        while self.at < len(self.tokens) and self.peek() not in words:
            t = self.peek()
            if re.fullmatch(r"b\d+", t):
                block.succs.append(self.block(self.next()))
            elif cases is not None and place > 0:
                low, _, high = self.next().partition("..")
                s = self.block(self.next())
                cases.ranges.append((int(low), int(high or low)))
                if s not in block.succs[1:]:
                    block.succs.append(s)
                cases.targets.append(1 + block.succs[1:].index(s))
            else:
                if i.op == INTRINSIC and place == 0:
                    place = 2
                if place >= 2:
                    if place == 2:
                        i.ext = []
                    i.ext.append(NIL)
                self.value(i, place, default)
                place += 1
            if not self.accept(","):
                break


def _unescape(m: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(m[1], m[1])


def read_functions(text: str, table: SymbolTable | None = None) -> list[Function]:
    """All functions of a text; raises `ReadError`."""
    table = table if table is not None else SymbolTable()
    out: list[Function] = []
    lines = [line.split(";")[0].strip() for line in text.splitlines()]
    n = 0
    while n < len(lines):
        line = lines[n]
        n += 1
        if not line:
            continue
        m = re.match(r'function (\S+) @"?([^"( ]+)"?\(([^)]*)\)(.*)\{$', line)
        if not m:
            raise ReadError(f"function expected: {line}")
        params = [c_type(p.strip()) for p in m[3].split(",") if p.strip()]
        words = m[4].split()
        symbol = table.get(m[2])
        f = Function(m[2], ct.FunctionType(c_type(m[1]), params, "variadic" in words, True), symbol)
        f.param_types = params
        symbol.is_function = True
        symbol.defined = True
        symbol.local = "local" in words
        symbol.function = f
        _attributes(f, words)
        body: list[str] = []
        while lines[n] != "}":
            if lines[n]:
                body.append(lines[n])
            n += 1
        n += 1
        f.next_id = 1 + max([0] + [int(x) for x in re.findall(r"%(\d+) = ", "\n".join(body))])
        _Reader(table, f, body).run()
        out.append(f)
    return out


def _attributes(f: Function, words: list[str]) -> None:
    f.noinline = "noinline" in words
    f.always_inline = "always_inline" in words
    f.flatten = "flatten" in words
    f.naked = "naked" in words
    f.cold = "cold" in words
    f.hot = "hot" in words
    f.for_size = "for_size" in words
    f.variadic = "variadic" in words
    f.noreturn = "noreturn" in words
    f.returns_twice = "returns_twice" in words
    if "level" in words:
        f.level = int(words[words.index("level") + 1])


def read_function(text: str, table: SymbolTable | None = None) -> Function:
    """The only (or first) function of a text."""
    return read_functions(text, table)[0]
