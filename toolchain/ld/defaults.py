"""The built-in layouts, as linker scripts: what `ld --verbose` shows.

One text, with the facts of the target and of the kind of output filled in.  The order of sections is
that of the System V tradition: headers and read-only tables, code, read-only data, then writable
data with what becomes read-only after relocation first, and zero-initialised data last.
"""
from __future__ import annotations

from typing import Final

from toolchain.ld.options import Options
from toolchain.ld.target import Target

_HEAD: Final = """\
OUTPUT_FORMAT("{format}")
ENTRY(_start)
{search}
SECTIONS
{{
  PROVIDE (__executable_start = {base}); . = {base} + SIZEOF_HEADERS;
  .interp         : {{ *(.interp) }}
  .note.gnu.build-id  : {{ *(.note.gnu.build-id) }}
  .hash           : {{ *(.hash) }}
  .gnu.hash       : {{ *(.gnu.hash) }}
  .dynsym         : {{ *(.dynsym) }}
  .dynstr         : {{ *(.dynstr) }}
  .gnu.version    : {{ *(.gnu.version) }}
  .gnu.version_d  : {{ *(.gnu.version_d) }}
  .gnu.version_r  : {{ *(.gnu.version_r) }}
  .{rel}.dyn       :
    {{
      *(.{rel}.init .{rel}.text .{rel}.text.* .{rel}.gnu.linkonce.t.*)
      *(.{rel}.rodata .{rel}.rodata.* .{rel}.data .{rel}.data.* .{rel}.got .{rel}.bss .{rel}.dyn .{rel}.tdata .{rel}.tbss)
      {iplt_rel_here}
    }}
  .relr.dyn : {{ *(.relr.dyn) }}
  .{rel}.plt       :
    {{
      *(.{rel}.plt)
      {iplt_rel_there}
    }}
  {text_page}
  .init           : {{ KEEP (*(SORT_NONE(.init))) }}{text_fill}
  .plt            : {{ *(.plt) *(.iplt) }}{text_fill}
  .plt.got        : {{ *(.plt.got) }}
  .plt.sec        : {{ *(.plt.sec) }}
  .text           :
  {{
    *(.text.unlikely .text.*_unlikely .text.unlikely.*)
    *(.text.exit .text.exit.*)
    *(.text.startup .text.startup.*)
    *(.text.hot .text.hot.*)
    *(SORT(.text.sorted.*))
    *(.text .stub .text.* .gnu.linkonce.t.*)
    *(.gnu.warning)
  }}{text_fill}
  .fini           : {{ KEEP (*(SORT_NONE(.fini))) }}{text_fill}
  PROVIDE (__etext = .); PROVIDE (_etext = .); PROVIDE (etext = .);
  {rodata_page}
  .rodata         : {{ *(.rodata .rodata.* .gnu.linkonce.r.*) }}
  .rodata1        : {{ *(.rodata1) }}
  {srodata}
  .eh_frame_hdr   : {{ *(.eh_frame_hdr) *(.eh_frame_entry .eh_frame_entry.*) }}
  .eh_frame       : ONLY_IF_RO {{ KEEP (*(.eh_frame)) *(.eh_frame.*) }}
  .gcc_except_table   : ONLY_IF_RO {{ *(.gcc_except_table .gcc_except_table.*) }}
  .exception_ranges   : ONLY_IF_RO {{ *(.exception_ranges*) }}
  {data_page}
  .eh_frame       : ONLY_IF_RW {{ KEEP (*(.eh_frame)) *(.eh_frame.*) }}
  .gcc_except_table   : ONLY_IF_RW {{ *(.gcc_except_table .gcc_except_table.*) }}
  .tdata          : {{ PROVIDE_HIDDEN (__tdata_start = .); *(.tdata .tdata.* .gnu.linkonce.td.*) }}
  .tbss           : {{ *(.tbss .tbss.* .gnu.linkonce.tb.*) *(.tcommon) }}
  .preinit_array  :
  {{
    PROVIDE_HIDDEN (__preinit_array_start = .);
    KEEP (*(.preinit_array))
    PROVIDE_HIDDEN (__preinit_array_end = .);
  }}
  .init_array     :
  {{
    PROVIDE_HIDDEN (__init_array_start = .);
    KEEP (*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))
    KEEP (*(.init_array EXCLUDE_FILE (*crtbegin.o *crtbegin?.o *crtend.o *crtend?.o ) .ctors))
    PROVIDE_HIDDEN (__init_array_end = .);
  }}
  .fini_array     :
  {{
    PROVIDE_HIDDEN (__fini_array_start = .);
    KEEP (*(SORT_BY_INIT_PRIORITY(.fini_array.*) SORT_BY_INIT_PRIORITY(.dtors.*)))
    KEEP (*(.fini_array EXCLUDE_FILE (*crtbegin.o *crtbegin?.o *crtend.o *crtend?.o ) .dtors))
    PROVIDE_HIDDEN (__fini_array_end = .);
  }}
  .ctors          :
  {{
    KEEP (*crtbegin.o(.ctors))
    KEEP (*crtbegin?.o(.ctors))
    KEEP (*(EXCLUDE_FILE (*crtend.o *crtend?.o ) .ctors))
    KEEP (*(SORT(.ctors.*)))
    KEEP (*(.ctors))
  }}
  .dtors          :
  {{
    KEEP (*crtbegin.o(.dtors))
    KEEP (*crtbegin?.o(.dtors))
    KEEP (*(EXCLUDE_FILE (*crtend.o *crtend?.o ) .dtors))
    KEEP (*(SORT(.dtors.*)))
    KEEP (*(.dtors))
  }}
  .jcr            : {{ KEEP (*(.jcr)) }}
  .data.rel.ro    : {{ *(.data.rel.ro.local* .gnu.linkonce.d.rel.ro.local.*) *(.data.rel.ro .data.rel.ro.* .gnu.linkonce.d.rel.ro.*) }}
  .dynamic        : {{ *(.dynamic) }}
  {got}
  .data           :
  {{
    {data_start}
    *(.data .data.* .gnu.linkonce.d.*)
    SORT(CONSTRUCTORS)
  }}
  .data1          : {{ *(.data1) }}
  {sdata}
  _edata = .; PROVIDE (edata = .);
  . = .;
  __bss_start = .;
  {sbss}
  .bss            :
  {{
   *(.dynbss)
   *(.bss .bss.* .gnu.linkonce.b.*)
   *(COMMON)
   . = ALIGN(. != 0 ? {word} : 1);
  }}
  {large}
  . = ALIGN({word});
  {bss_end}
  _end = .; PROVIDE (end = .);
  . = DATA_SEGMENT_END (.);
"""

_TAIL: Final = """\
  .stab          0 : { *(.stab) }
  .stabstr       0 : { *(.stabstr) }
  .comment       0 : { *(.comment) }
  .gnu.build.attributes : { *(.gnu.build.attributes .gnu.build.attributes.*) }
  .debug_aranges  0 : { *(.debug_aranges) }
  .debug_pubnames 0 : { *(.debug_pubnames) }
  .debug_info     0 : { *(.debug_info .gnu.linkonce.wi.*) }
  .debug_abbrev   0 : { *(.debug_abbrev) }
  .debug_line     0 : { *(.debug_line .debug_line.* .debug_line_end) }
  .debug_frame    0 : { *(.debug_frame) }
  .debug_str      0 : { *(.debug_str) }
  .debug_loc      0 : { *(.debug_loc) }
  .debug_macinfo  0 : { *(.debug_macinfo) }
  .debug_pubtypes 0 : { *(.debug_pubtypes) }
  .debug_ranges   0 : { *(.debug_ranges) }
  .debug_types    0 : { *(.debug_types) }
  .debug_addr     0 : { *(.debug_addr) }
  .debug_line_str 0 : { *(.debug_line_str) }
  .debug_loclists 0 : { *(.debug_loclists) }
  .debug_macro    0 : { *(.debug_macro) }
  .debug_names    0 : { *(.debug_names) }
  .debug_rnglists 0 : { *(.debug_rnglists) }
  .debug_str_offsets 0 : { *(.debug_str_offsets) }
  .gnu.attributes 0 : { KEEP (*(.gnu.attributes)) }
  /DISCARD/ : { *(.note.GNU-stack) *(.gnu_debuglink) *(.gnu.lto_*) }
}
"""

_RELOCATABLE: Final = """\
OUTPUT_FORMAT("{format}")
SECTIONS
{{
  .text 0 : {{ *(.text .stub) }}
  .rodata 0 : {{ *(.rodata) }}
  .data 0 : {{ *(.data) }}
  .bss 0 : {{ *(.bss) }}
}}
"""

def default_script(target: Target, options: Options) -> str:
    """The built-in script for this target and kind of output."""
    if options.relocatable:
        return _RELOCATABLE.format(format=target.formats[0])
    small = target.small_data
    word = target.bits // 8
    pic = options.is_pic
    base = f'SEGMENT_START("text-segment", {0 if pic else hex(target.base_address)})'
    separate = target.separate_code if options.separate_code is None else options.separate_code
    separate = separate and not (options.omagic or options.nmagic)
    page = ". = ALIGN(CONSTANT (MAXPAGESIZE));" if separate else ""
    data_page = ". = DATA_SEGMENT_ALIGN (CONSTANT (MAXPAGESIZE), CONSTANT (COMMONPAGESIZE));"
    if options.omagic:
        data_page = ". = .;"
    elif options.nmagic:
        # another page, at the same offset in it: addresses and file offsets stay congruent
        data_page = ". = ALIGN(CONSTANT (MAXPAGESIZE)) + (. & (CONSTANT (MAXPAGESIZE) - 1));"
    relro_end = f". = DATA_SEGMENT_RELRO_END ({0 if options.now or small else 3 * word}, .);"
    if small:
        table = ".got            : { *(.got.plt) *(.igot.plt) *(.got) *(.igot) }\n  "
        # with -z now everything in the GOT is read-only after relocation
        got = table + relro_end if options.now else relro_end
        sdata = target.small_sections if options.now else table + target.small_sections
    elif options.now:
        got = ".got            : { *(.got.plt) *(.igot.plt) *(.got) *(.igot) }\n  " + relro_end
        sdata = ""
    else:
        got = (".got            : { *(.got) *(.igot) }\n  " + relro_end + "\n  .got.plt        : { *(.got.plt) *(.igot.plt) }")
        sdata = ""
    bounds = f"PROVIDE_HIDDEN (__{'rela' if target.rela else 'rel'}_iplt_start = .); {{}} PROVIDE_HIDDEN " \
             f"(__{'rela' if target.rela else 'rel'}_iplt_end = .);"
    rel = "rela" if target.rela else "rel"
    iplt = f"*(.{rel}.iplt)"
    if not pic:
        iplt = bounds.format(iplt)
    text = _HEAD.format(
        format=target.formats[0], search="\n".join(f'SEARCH_DIR("={d}");' for d in target.library_dirs), base=base,
        rel=rel, iplt_rel_here="", iplt_rel_there=iplt, text_page=page, rodata_page=page, data_page=data_page,
        text_fill=" " + target.text_fill if target.text_fill else "",
        srodata="", got=got, sdata=sdata,
        data_start="__DATA_BEGIN__ = .;" if small else "",
        sbss=".sbss           : { *(.dynsbss) *(.sbss .sbss.* .gnu.linkonce.sb.*) *(.scommon) }" if small else "",
        bss_end="__BSS_END__ = .;" if small else "", word=word, large=target.large_sections)
    return text + _TAIL
