"""Names of DWARF's numbers (DWARF 5, section 7), and location expressions as text."""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from toolchain.dwarf.leb128 import DwarfError, Reader
from toolchain.elf.reader import ElfFile


def _rows(text: str) -> dict[int, str]:
    """`number:name` pairs (hexadecimal numbers)."""
    return {int(n, 16): name for n, _, name in (w.partition(":") for w in text.split())}


TAGS: Final = _rows("""1:array_type 2:class_type 3:entry_point 4:enumeration_type 5:formal_parameter 8:imported_declaration a:label
    b:lexical_block d:member f:pointer_type 10:reference_type 11:compile_unit 12:string_type 13:structure_type 15:subroutine_type
    16:typedef 17:union_type 18:unspecified_parameters 19:variant 1a:common_block 1b:common_inclusion 1c:inheritance
    1d:inlined_subroutine 1e:module 1f:ptr_to_member_type 20:set_type 21:subrange_type 22:with_stmt 23:access_declaration 24:base_type
    25:catch_block 26:const_type 27:constant 28:enumerator 29:file_type 2a:friend 2b:namelist 2c:namelist_item 2d:packed_type
    2e:subprogram 2f:template_type_param 30:template_value_param 31:thrown_type 32:try_block 33:variant_part 34:variable
    35:volatile_type 36:dwarf_procedure 37:restrict_type 38:interface_type 39:namespace 3a:imported_module 3b:unspecified_type
    3c:partial_unit 3d:imported_unit 3f:condition 40:shared_type 41:type_unit 42:rvalue_reference_type 43:template_alias
    44:coarray_type 45:generic_subrange 46:dynamic_type 47:atomic_type 48:call_site 49:call_site_parameter 4a:skeleton_unit
    4b:immutable_type 4106:GNU_template_template_param 4107:GNU_template_parameter_pack 4108:GNU_formal_parameter_pack
    4109:GNU_call_site 410a:GNU_call_site_parameter""")
ATTRIBUTES: Final = _rows("""1:sibling 2:location 3:name 9:ordering b:byte_size c:bit_offset d:bit_size 10:stmt_list 11:low_pc 12:high_pc
    13:language 15:discr 16:discr_value 17:visibility 18:import 19:string_length 1a:common_reference 1b:comp_dir 1c:const_value
    1d:containing_type 1e:default_value 20:inline 21:is_optional 22:lower_bound 25:producer 27:prototyped 2a:return_addr
    2c:start_scope 2e:bit_stride 2f:upper_bound 31:abstract_origin 32:accessibility 33:address_class 34:artificial 35:base_types
    36:calling_convention 37:count 38:data_member_location 39:decl_column 3a:decl_file 3b:decl_line 3c:declaration 3d:discr_list
    3e:encoding 3f:external 40:frame_base 41:friend 42:identifier_case 43:macro_info 44:namelist_items 45:priority 46:segment
    47:specification 48:static_link 49:type 4a:use_location 4b:variable_parameter 4c:virtuality 4d:vtable_elem_location 4e:allocated
    4f:associated 50:data_location 51:byte_stride 52:entry_pc 53:use_UTF8 54:extension 55:ranges 56:trampoline 57:call_column
    58:call_file 59:call_line 5a:description 5b:binary_scale 5c:decimal_scale 5d:small 5e:decimal_sign 5f:digit_count
    60:picture_string 61:mutable 62:threads_scaled 63:explicit 64:object_pointer 65:endianity 66:elemental 67:pure 68:recursive
    69:signature 6a:main_subprogram 6b:data_bit_offset 6c:const_expr 6d:enum_class 6e:linkage_name 6f:string_length_bit_size
    70:string_length_byte_size 71:rank 72:str_offsets_base 73:addr_base 74:rnglists_base 76:dwo_name 77:reference
    78:rvalue_reference 79:macros 7a:call_all_calls 7b:call_all_source_calls 7c:call_all_tail_calls 7d:call_return_pc 7e:call_value
    7f:call_origin 80:call_parameter 81:call_pc 82:call_tail_call 83:call_target 84:call_target_clobbered 85:call_data_location
    86:call_data_value 87:noreturn 88:alignment 89:export_symbols 8a:deleted 8b:defaulted 8c:loclists_base
    2007:MIPS_linkage_name 2101:sf_names 2102:src_info 2107:GNU_vector 2111:GNU_call_site_value 2112:GNU_call_site_data_value
    2113:GNU_call_site_target 2115:GNU_tail_call 2116:GNU_all_tail_call_sites 2117:GNU_all_call_sites 2119:GNU_macros
    2130:GNU_dwo_name 2131:GNU_dwo_id 2132:GNU_ranges_base 2133:GNU_addr_base 2134:GNU_pubnames 2135:GNU_pubtypes
    2137:GNU_locviews 2138:GNU_entry_view""")
FORMS: Final = _rows("""1:addr 3:block2 4:block4 5:data2 6:data4 7:data8 8:string 9:block a:block1 b:data1 c:flag d:sdata e:strp f:udata
    10:ref_addr 11:ref1 12:ref2 13:ref4 14:ref8 15:ref_udata 16:indirect 17:sec_offset 18:exprloc 19:flag_present 1a:strx 1b:addrx
    1c:ref_sup4 1d:strp_sup 1e:data16 1f:line_strp 20:ref_sig8 21:implicit_const 22:loclistx 23:rnglistx 24:ref_sup8 25:strx1
    26:strx2 27:strx3 28:strx4 29:addrx1 2a:addrx2 2b:addrx3 2c:addrx4 1f20:GNU_ref_alt 1f21:GNU_strp_alt""")
LANGUAGES: Final = {1: "ANSI C", 2: "non-ANSI C", 4: "ANSI C++", 0xC: "ANSI C99", 0x1A: "C++11", 0x1D: "C11", 0x21: "C++14",
                    0x8001: "MIPS assembler", 0x16: "Go", 0x1C: "Rust", 0x22: "Fortran 03", 0x23: "Fortran 08"}
ENCODINGS: Final = {0: "void", 1: "machine address", 2: "boolean", 3: "complex float", 4: "float", 5: "signed", 6: "signed char",
                    7: "unsigned", 8: "unsigned char", 9: "imaginary float", 0xA: "packed decimal", 0xF: "decimal float", 0x10: "unicode string"}
INLINES: Final = {0: "not inlined", 1: "inlined", 2: "declared as inline but ignored", 3: "declared as inline and inlined"}
ACCESS: Final = {1: "public", 2: "protected", 3: "private"}
DEFAULTED: Final = {0: "no", 1: "in class", 2: "out of class"}
UNIT_TYPES: Final = {1: "DW_UT_compile", 2: "DW_UT_type", 3: "DW_UT_partial", 4: "DW_UT_skeleton", 5: "DW_UT_split_compile", 6: "DW_UT_split_type"}

OPERATIONS: Final = _rows("""3:addr 6:deref 8:const1u 9:const1s a:const2u b:const2s c:const4u d:const4s e:const8u f:const8s 10:constu
    11:consts 12:dup 13:drop 14:over 15:pick 16:swap 17:rot 18:xderef 19:abs 1a:and 1b:div 1c:minus 1d:mod 1e:mul 1f:neg 20:not 21:or
    22:plus 23:plus_uconst 24:shl 25:shr 26:shra 27:xor 28:bra 29:eq 2a:ge 2b:gt 2c:le 2d:lt 2e:ne 2f:skip 90:regx 91:fbreg 92:bregx
    93:piece 94:deref_size 95:xderef_size 96:nop 97:push_object_address 98:call2 99:call4 9a:call_ref 9b:form_tls_address
    9c:call_frame_cfa 9d:bit_piece 9e:implicit_value 9f:stack_value a0:implicit_pointer a3:entry_value a5:regval_type
    a6:deref_type a8:convert e0:GNU_push_tls_address f0:GNU_uninit f2:GNU_implicit_pointer f3:GNU_entry_value""")

RegisterNamer = Callable[[int, int, bool], str]


def decode_expression(elf: ElfFile, block: bytes, register_name: RegisterNamer, unit_offset: int = 0, offset_size: int = 4) -> str:
    """A location expression as readelf writes it."""
    r = Reader(block, 0, None, elf.header.little)
    out: list[str] = []
    try:
        while not r.at_end():
            out.append(_operation(elf, r, register_name, unit_offset, offset_size))
    except DwarfError:
        out.append("(corrupt)")
    return "; ".join(out)


def hexadecimal(value: int) -> str:
    """As C's %#x: zero has no prefix."""
    return f"{value:#x}" if value else "0"


def _operation(elf: ElfFile, r: Reader, register_name: RegisterNamer, unit_offset: int, offset_size: int) -> str:
    op = r.number(1)
    machine = elf.header.machine
    if 0x30 <= op < 0x50:
        return f"DW_OP_lit{op - 0x30}"
    if 0x50 <= op < 0x70:
        return f"DW_OP_reg{op - 0x50} ({register_name(machine, op - 0x50, True)})"
    if 0x70 <= op < 0x90:
        return f"DW_OP_breg{op - 0x70} ({register_name(machine, op - 0x70, True)}): {r.sleb()}"
    name = OPERATIONS.get(op)
    if name is None:
        return f"(User defined location op 0x{op:x})" if op >= 0xE0 else f"(Unknown location op 0x{op:x})"
    text = "DW_OP_" + name
    if op == 3:
        return f"{text}: {r.number(elf.header.bits // 8):x}"
    if 8 <= op <= 0xF:
        size = 1 << ((op - 8) >> 1)
        return f"{text}: {r.signed(size) if op & 1 else r.number(size)}"
    if op in (0x10, 0x23, 0x93):
        return f"{text}: {r.uleb()}"
    if op in (0x11, 0x91):
        return f"{text}: {r.sleb()}"
    if op in (0x15, 0x94, 0x95):
        return f"{text}: {r.number(1)}"
    if op in (0x28, 0x2F):
        return f"{text}: {r.signed(2)}"
    if op == 0x90:
        number = r.uleb()
        return f"{text}: {number} ({register_name(machine, number, True)})"
    if op == 0x92:
        number = r.uleb()
        return f"{text}: {number} ({register_name(machine, number, True)}) {r.sleb()}"
    if op == 0x9D:
        return f"{text}: size: {r.uleb()} offset: {r.uleb()} "
    if op == 0x9E:
        data = r.take(r.uleb())
        return f"{text} {len(data)} byte block: " + "".join(f"{b:x} " for b in data)
    if op in (0xA0, 0xF2):
        return f"{text}: <0x{r.number(offset_size):x}> {r.sleb()}"
    if op in (0xA3, 0xF3):
        inner = r.take(r.uleb())
        return f"{text}: ({decode_expression(elf, inner, register_name, unit_offset, offset_size)})"
    if op in (0xA5,):
        number = r.uleb()
        return f"{text}: {number} ({register_name(machine, number, True)}) <0x{unit_offset + r.uleb():x}>"
    if op == 0xA6:
        return f"{text}: {r.number(1)} bytes <0x{unit_offset + r.uleb():x}>"
    if op == 0xA8:
        return f"{text} <0x{unit_offset + r.uleb():x}>"
    if op in (0x98, 0x99):
        return f"{text}: <0x{unit_offset + r.number(2 if op == 0x98 else 4):x}>"
    return text
