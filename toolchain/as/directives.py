"""The table of directives: name without the dot -> handler."""
from __future__ import annotations

from functools import partial
from typing import Final

from . import directives_control as control
from . import directives_data as data
from . import directives_symbols as symbols
from .assemble import Assembler, Handler
from .directives_data import FLOATS, SIZES, floats, integers
from .directives_symbols import cfi

CFI: Final = (
    "sections startproc endproc personality lsda return_column signal_frame def_cfa def_cfa_register def_cfa_offset adjust_cfa_offset offset "
    "rel_offset val_offset register restore undefined same_value remember_state restore_state window_save negate_ra_state escape "
    "gnu_args_size").split()
DCB: Final[dict[str, int]] = {"": 2, ".b": 1, ".w": 2, ".l": 4}
DCB_FLOATS: Final[dict[str, str]] = {"s": "binary32", "d": "binary64", "x": "x87"}
DS: Final[dict[str, int]] = {"": 2, ".b": 1, ".w": 2, ".l": 4, ".s": 4, ".d": 8}
NOTHING: Final = "list nolist eject psize sbttl title line lflags extern xref noopt optim func endfunc".split()


def _word(a: Assembler, text: str, loc: int) -> None:
    integers(a, a.syntax.word_size("word") or SIZES["word"], text, loc)


def _addresses(a: Assembler, text: str, loc: int) -> None:
    integers(a, a.streamer.isa.bits // 8, text, loc)


def _extended(a: Assembler, text: str, loc: int) -> None:
    data.ds(a, text, loc, a.syntax.word_size("ds.x") or 12)


def _integers(size: int) -> Handler:
    def handler(a: Assembler, text: str, loc: int) -> None:
        integers(a, size, text, loc)
    return handler


def _table() -> dict[str, Handler]:
    table: dict[str, Handler] = {
        "ascii": data.d_ascii, "asciz": data.d_asciz, "string": data.d_asciz, "string8": data.d_asciz, "string16": data.d_string16,
        "string32": data.d_string32, "uleb128": data.uleb, "sleb128": data.sleb, "p2align": data.d_p2align, "p2alignw": data.d_p2alignw,
        "p2alignl": data.d_p2alignl, "balign": data.d_balign, "balignw": data.d_balignw, "balignl": data.d_balignl, "align": data.d_align,
        "org": data.d_org, "skip": data.d_space, "space": data.d_space, "zero": data.d_space, "fill": data.d_fill, "nops": data.d_nops,
        "string64": data.d_string64,
        "incbin": data.d_incbin, "include": data.d_include, "reloc": data.d_reloc,
        "if": control.d_if, "ifne": control.d_if, "ifeq": control.d_ifeq, "ifge": control.d_ifge, "ifgt": control.d_ifgt,
        "ifle": control.d_ifle, "iflt": control.d_iflt, "ifdef": control.d_ifdef, "ifndef": control.d_ifndef, "ifnotdef": control.d_ifndef,
        "ifb": control.d_ifb, "ifnb": control.d_ifnb, "ifc": control.d_ifc, "ifnc": control.d_ifnc, "ifeqs": control.d_ifeqs,
        "ifnes": control.d_ifnes, "else": control.d_else, "elseif": control.d_elseif, "endif": control.d_endif,
        "macro": control.d_macro, "endm": control.d_endm, "endmacro": control.d_endm, "exitm": control.d_exitm, "purgem": control.d_purgem, "linefile": control.d_linefile, "nop": control.d_nop, "mri": control.d_mri,
        "altmacro": control.d_altmacro, "noaltmacro": control.d_noaltmacro, "rept": control.d_rept, "rep": control.d_rept,
        "irp": control.d_irp, "irep": control.d_irp, "irpc": control.d_irpc, "irepc": control.d_irpc, "endr": control.d_endr,
        "err": control.d_err, "error": control.d_error, "warning": control.d_warning, "fail": control.d_fail, "print": control.d_print,
        "abort": control.d_abort, "end": control.d_end,
        "globl": symbols.d_globl, "global": symbols.d_globl, "weak": symbols.d_weak, "local": symbols.d_local, "hidden": symbols.d_hidden,
        "protected": symbols.d_protected, "internal": symbols.d_internal, "type": symbols.d_type, "size": symbols.d_size,
        "set": symbols.d_set, "equ": symbols.d_set, "equiv": symbols.d_equiv, "eqv": symbols.d_equiv, "comm": symbols.d_comm,
        "common": symbols.d_comm, "lcomm": symbols.d_lcomm, "symver": symbols.d_symver, "weakref": symbols.d_weakref, "ident": symbols.d_ident,
        "version": symbols.d_version, "text": symbols.d_text, "data": symbols.d_data, "bss": symbols.d_bss, "rodata": symbols.d_rodata,
        "subsection": symbols.d_subsection, "section": symbols.d_section, "pushsection": symbols.d_pushsection,
        "popsection": symbols.d_popsection, "previous": symbols.d_previous, "file": symbols.d_file, "loc": symbols.d_loc,
        "stabs": symbols.d_stabs, "stabn": symbols.d_stabs, "stabd": symbols.d_stabs, "xdef": symbols.d_globl, "xcom": symbols.d_comm, "tls_common": symbols.d_tls_common, "attach_to_group": symbols.d_attach_to_group,
        "gnu_attribute": symbols.d_gnu_attribute, "struct": symbols.d_struct, "offset": symbols.d_struct,
    }
    for name, size in SIZES.items():
        table[name] = _integers(size)
    table["word"] = _word
    for name, form in FLOATS.items():
        table[name] = partial(floats, form=form)
    for name, size in DCB.items():
        table["dcb" + name] = partial(data.dcb, size=size)
    for name, form in DCB_FLOATS.items():
        table["dcb." + name] = partial(data.dcb, size=0, form=form)
    for name, size in DS.items():
        table["ds" + name] = partial(data.ds, size=size)
    table["ds.p"] = table["ds.x"] = _extended
    table["dc.a"] = _addresses
    for name in CFI:
        table["cfi_" + name] = _cfi(name)
    for name in NOTHING:
        table[name] = control.d_nothing
    return table


def _cfi(name: str) -> Handler:
    def handler(a: Assembler, text: str, loc: int) -> None:
        cfi(a, name, text, loc)
    return handler


DIRECTIVES: Final = _table()
