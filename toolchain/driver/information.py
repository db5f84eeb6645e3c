"""What the driver says about itself: --version, -dump..., -print-..., -v."""
from __future__ import annotations

import os
import shlex
import sys
from typing import Final

from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.driver.commandline import CommandLine
from toolchain.driver.link import find_file, library_dirs, path_list
from toolchain.driver.option_table import HONOURED, LICENCES, VALUES
from toolchain.driver.targets import TARGETS, for_mode
from toolchain.driver.warning_table import ISSUED

VERSION = "12.2.0"
PACKAGE = "tcc-py 0.1.0"


def own_include_dir() -> str:
    """The folder of the compiler's own headers."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cc", "include")


def install_dir() -> str:
    """The folder that stands for gcc's own library folder."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cc")


def system_include_dirs(line: CommandLine) -> list[str]:
    """Standard directories for headers, in order, existing or not."""
    root = line.sysroot.rstrip("/")
    return [own_include_dir(), *[root + d for d in for_mode(line.target, line.compile).include_dirs]]


def answer(line: CommandLine, name: str, value: str, context: ToolContext, runtime: str) -> bool:
    """Print the answer to one query; False if it is unknown."""
    target = for_mode(line.target, line.compile)
    if name == "version":
        context.print(f"gcc ({PACKAGE}) {VERSION}\nCommand line, language and ABI are those of the Free Software Foundation's gcc.\nThis is free software; see the source for copying conditions.  There is NO\n"
                      "warranty; not even for MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.\n")
    elif name == "help":
        context.print(HELP.format(triples=" ".join(t.triple for t in TARGETS)) + (every_option() if line.verbose else ""))
    elif name == "dumpmachine":
        context.print(line.target.triple)
    elif name == "dumpversion":
        context.print("12")
    elif name == "dumpfullversion":
        context.print(VERSION)
    elif name == "print-file-name":
        if value == "include":
            context.print(own_include_dir())
        else:
            context.print((runtime if value == "libgcc.a" and runtime else "") or find_file(line, context, value) or value)
    elif name == "print-prog-name":
        context.print(program(line, context, value) or value)
    elif name == "print-search-dirs":
        programs = ":".join([*line.program_dirs, install_dir() + "/"])
        context.print(f"install: {install_dir()}/\nprograms: ={programs}\nlibraries: ={':'.join(d + '/' for d in library_dirs(line, context, target))}")
    elif name == "print-libgcc-file-name":
        context.print(runtime or "libgcc.a")
    elif name == "print-sysroot-headers-suffix":
        raise ToolError("not configured with sysroot headers suffix")
    elif name in ("print-multiarch", "print-multi-os-directory", "print-multi-directory", "print-multi-lib", "print-sysroot"):
        text = {"print-multiarch": target.triple, "print-multi-os-directory": "../lib", "print-multi-directory": ".", "print-multi-lib": ".;",
                "print-sysroot": line.sysroot or "/"}.get(name, "")
        context.print(text)
    else:
        return False
    return True


def program(line: CommandLine, context: ToolContext, name: str) -> str:
    """A tool of the given name: in a -B directory, ours as installed with this Python, or on PATH; "" if there is none.

    Ours come before those of PATH: libtool, for one, asks for `ld` and links with what it is told."""
    ours = os.path.dirname(sys.executable)
    for directory in [*line.program_dirs, *path_list(context, "COMPILER_PATH"), ours, *context.environ.get("PATH", "").split(os.pathsep)]:
        for candidate in (f"{line.target.triple}-{name}", name) if directory != ours else (f"tcc-py-{name}",):
            path = os.path.join(directory, candidate)
            if directory and os.access(context.path(path), os.X_OK):
                return path
    return ""


HELP: Final = """Usage: cc [options] file...
Options:
  -c -S -E -fsyntax-only   Stop after assembling, compiling, preprocessing, checking
  -o FILE                  Place the output into FILE
  -x LANGUAGE              Language of the following files: c cpp-output assembler assembler-with-cpp none
  -I -isystem -iquote -idirafter DIR, -include FILE, -D NAME[=VALUE], -U NAME
  -M -MM -MD -MMD -MF FILE -MT TARGET -MQ TARGET -MP -MG
  -O0 -O1 -O2 -O3 -Os, -g, -std=STANDARD, -W..., -f..., -m...
  -l LIBRARY -L DIR -static -shared -pie -nostdlib -Wl,OPTION -Wa,OPTION -Wp,OPTION
  --target=TRIPLE          {triples}
  -v -###                  Show the steps; show them and do nothing
  @FILE                    Read more arguments from FILE
"""


def every_option() -> str:
    """All -f and -W options, a line each, as `-v --help` lists them: configure scripts look for `-fwrapv` there."""
    names = [f"-f{n}" for n in sorted(HONOURED | LICENCES)] + [f"-f{n}=VALUE" for n in sorted(VALUES)] + [f"-W{n}" for n in sorted(ISSUED)]
    return "Every option:\n" + "".join(f"  {n}\n" for n in names)


def banner(line: CommandLine) -> str:
    """The first lines of -v."""
    return (f"Using built-in specs.\nCOLLECT_GCC=cc\nTarget: {line.target.triple}\nConfigured with: {PACKAGE}\nThread model: posix\n"
            f"gcc version {VERSION} ({PACKAGE}) \n")


def command_text(words: list[str], quoted: bool) -> str:
    """One sub-command as -v (or, quoted, -###) shows it."""
    if quoted:
        return " " + " ".join(shlex.quote(w) if "\"" in w else f'"{w}"' if i else w for i, w in enumerate(words)) + "\n"
    return " " + " ".join(words) + "\n"


def search_list(quote_dirs: list[str], bracket_dirs: list[str]) -> str:
    """The header search lists, as -v shows them."""
    quotes = "".join(f" {d}\n" for d in quote_dirs)
    brackets = "".join(f" {d}\n" for d in bracket_dirs)
    return f"#include \"...\" search starts here:\n{quotes}#include <...> search starts here:\n{brackets}End of search list.\n"
