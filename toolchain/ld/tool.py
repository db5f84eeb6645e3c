"""`ld`: the tool's `main`."""
from __future__ import annotations

import gc
import traceback
from collections.abc import Sequence

from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics, ToolError
from toolchain.ld.defaults import default_script
from toolchain.ld.link import link
from toolchain.ld.options import OptionParser, Options, version_text
from toolchain.ld.state import Link
from toolchain.ld.target import Target
from toolchain.ld.targets import BY_HEADER, EMULATIONS, make_target

_HELP = """\
Usage: ld [options] file...
Options (the GNU ld manual describes them; an option that is not supported is refused):
  -o FILE  -e SYMBOL  -T FILE  -r  -shared  -pie  -static  -l LIB  -L DIR  -u SYMBOL  -m EMULATION
  --whole-archive  --start-group  --as-needed  --gc-sections  --emit-relocs  --build-id[=STYLE]
  --orphan-handling=MODE  -Map=FILE  --cref  --defsym SYM=EXPR  --wrap SYM  --version-script FILE
  --dynamic-list FILE  --hash-style=STYLE  --eh-frame-hdr  -z KEYWORD  --strip-debug  --strip-all
  --compress-debug-sections=[none|zlib]
ld: supported targets: {formats}
ld: supported emulations: {emulations}
"""


def emulation_of_inputs(options: Options, context: ToolContext) -> str:
    """The emulation that fits the first object on the command line, when no -m was given."""
    for item in options.items:
        if item.kind != 0:
            continue
        try:
            with open(context.path(item.name), "rb") as f:
                head = f.read(20)
        except OSError:
            continue
        if head[:4] == b"\x7fELF" and len(head) == 20:
            name = BY_HEADER.get((int.from_bytes(head[18:20], "little"), head[4]))
            if name is not None:
                return name
    return EMULATIONS[0]


def information(options: Options, context: ToolContext, emulations: Sequence[str]) -> bool:
    """Print what --version, -v, --help ask for; whether there is nothing else to do."""
    if options.print_help:
        formats = sorted({f for e in emulations for f in make_target(e).formats})
        context.print(_HELP.format(formats=" ".join([*formats, "binary"]), emulations=" ".join(emulations)).rstrip())
        return True
    if options.print_version:
        context.print(version_text())
        context.print("This program is part of tcc-py, a C toolchain in Python.")
        return True
    if options.print_sysroot:
        context.print(options.sysroot)
        return True
    if options.verbose:
        context.print(version_text())
        if options.print_supported:
            context.print("  Supported emulations:\n   " + "\n   ".join(emulations))
        if options.verbose_script and not options.items:
            target = make_target(options.emulation or EMULATIONS[0])
            context.print("using internal linker script:\n==================================================")
            context.print(default_script(target, options) + "\n==================================================")
        return not options.items
    return False


def read_options(argv: Sequence[str], context: ToolContext, emulations: Sequence[str]) -> Options:
    """Parse the command line; LDEMULATION of the environment stands in for -m."""
    options = OptionParser(context, emulations).parse(argv)
    if not options.emulation:
        options.emulation = context.environ.get("LDEMULATION", "") or emulation_of_inputs(options, context)
    return options


def set_page_sizes(target: Target, options: Options) -> None:
    """-z max-page-size=, common-page-size="""
    if options.max_page_size:
        target.max_page_size = options.max_page_size
        target.common_page_size = min(target.common_page_size, options.max_page_size)
    if options.common_page_size:
        target.common_page_size = min(options.common_page_size, target.max_page_size)


def run(options: Options, context: ToolContext, diagnostics: Diagnostics) -> int:
    """Link and write the output file."""
    target = make_target(options.emulation)
    set_page_sizes(target, options)
    state = Link(options, context, diagnostics, target)
    data = link(state)
    if options.dependency_file:
        names = list(dict.fromkeys(state.input_names))
        text = f"{options.output}: \\\n  " + " \\\n  ".join(names) + "\n\n" + "".join([f"{n}:\n\n" for n in names])
        context.write(options.dependency_file, text.encode("utf-8", "surrogateescape"))
    try:
        context.write(options.output, data, not options.relocatable)
    except OSError as e:
        raise ToolError(f"cannot open output file {options.output}: {e.strerror}") from None
    return 0


def main(argv: Sequence[str], context: ToolContext) -> int:
    """GNU-compatible `ld`.  Returns the exit status; a failing link leaves no output file."""
    diagnostics = Diagnostics("ld", context.stderr, context.stderr_is_terminal)
    collecting = gc.isenabled() and not context.ends_process
    gc.disable()      # a link makes a million objects that live until its end
    try:
        options = read_options(argv, context, EMULATIONS)
        if information(options, context, EMULATIONS):
            return 0
        return run(options, context, diagnostics)
    except ToolError as e:
        if e.loc:
            diagnostics.error(e.loc, e.message)
        elif e.message:
            for line in e.message.split("\n"):
                context.stderr.write(f"ld: {line}\n")
        return 1
    except RecursionError:
        context.stderr.write("ld: input is nested too deeply\n")
        return 1
    except BrokenPipeError:
        return 1
    except Exception as e:      # a bug: say so, with what is needed to report it, and no traceback
        place = traceback.extract_tb(e.__traceback__)[-1]
        context.stderr.write(f"ld: internal error: {type(e).__name__}: {e} ({place.filename.rpartition('/')[2]}:{place.lineno}); "
                             "please report this with the inputs\n")
        return 1
    finally:
        if collecting:
            gc.enable()
