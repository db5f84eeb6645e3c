"""The link line: start files, libraries and options in gcc's order."""
from __future__ import annotations

import os

from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.driver.commandline import CommandLine, Input
from toolchain.driver.runtime import unwinder
from toolchain.driver.target_facts import TargetFacts
from toolchain.driver.targets import for_mode


def library_dirs(line: CommandLine, context: ToolContext, target: TargetFacts) -> list[str]:
    """Directories for start files and libraries, existing or not: -B, the target's, LIBRARY_PATH, the general ones."""
    root = line.sysroot.rstrip("/")
    return [*line.program_dirs, *[root + d for d in target.library_dirs], *path_list(context, "LIBRARY_PATH"),
            *[root + d for d in ("/lib", "/usr/lib")]]


def path_list(context: ToolContext, name: str) -> list[str]:
    """The directories that an environment variable names; an empty name is the current one."""
    value = context.environ.get(name, "")
    return [d or "." for d in value.split(os.pathsep)] if value else []


def find_file(line: CommandLine, context: ToolContext, name: str) -> str:
    """The path of a start file or library; "" if there is none."""
    for directory in library_dirs(line, context, for_mode(line.target, line.compile)):
        path = os.path.join(directory, name)
        if os.path.exists(context.path(path)):
            return path
    return ""


def start_file(line: CommandLine, context: ToolContext, name: str) -> str:
    """As `find_file`.  Raises ToolError if it is missing."""
    path = find_file(line, context, name)
    if not path:
        raise ToolError(f"cannot find {name}: is the C library for {for_mode(line.target, line.compile).triple} installed?")
    return path


def link_arguments(line: CommandLine, context: ToolContext, objects: dict[Input, str], runtime: str) -> list[str]:
    """Arguments of `ld`.  `objects` has the file for each input; `runtime` is the compiler's support library or ""."""
    flags = line.linker_flags
    target = for_mode(line.target, line.compile)
    relocatable = "-r" in flags
    shared = "-shared" in flags
    static = "-static" in flags or "-static-pie" in flags
    pie = "-static-pie" in flags or ("-pie" in flags or ("-no-pie" not in flags and target.default_pie and not static)) and not shared
    out = ["-m", target.emulation]
    if line.sysroot:
        out.append(f"--sysroot={line.sysroot}")
    if relocatable:
        out.append("-r")
    else:
        out += ["--eh-frame-hdr", "--hash-style=gnu", "--build-id"]
        if shared:
            out.append("-shared")
        elif static:
            out.append("-static")
        if pie:
            out.append("-pie")
            if static:
                out += ["--no-dynamic-linker", "-z", "text"]
        if "-rdynamic" in flags:
            out.append("-export-dynamic")
        if "-symbolic" in flags:
            out.append("-Bsymbolic")
        if not static and not shared:
            out += ["-dynamic-linker", target.dynamic_linker]
    out += ["-o", line.output or "a.out"]
    start = not relocatable and not flags & {"-nostdlib", "-nostartfiles"}
    if start:
        if not shared:
            profile = line.compile.flags.get("profile", False)
            first = "grcrt1.o" if profile and "-static-pie" in flags else "gcrt1.o" if profile else "rcrt1.o" if "-static-pie" in flags else "Scrt1.o" if pie else "crt1.o"
            out.append(start_file(line, context, first))
        out.append(start_file(line, context, "crti.o"))
    out += [f"-L{d}" for d in line.library_dirs]
    out += [f"-L{d}" for d in library_dirs(line, context, target) if os.path.isdir(context.path(d))]
    for item in line.link_items:
        if item.input is not None:
            out.append(objects[item.input])
        else:
            out.append(item.text)
    if not relocatable and not flags & {"-nostdlib", "-nodefaultlibs"}:
        libraries = [runtime] if runtime else []
        if runtime:
            # One unwinder in a program: the C library's, if it loads one, which is the shared one.
            shared_unwinder = "" if static or "-static-libgcc" in flags else find_file(line, context, "libgcc_s.so.1")
            libraries += ["--as-needed", shared_unwinder, "--no-as-needed"] if shared_unwinder else [unwinder(runtime)]
        if "-pthread" in flags:
            libraries.append("-lpthread")
        if "-nolibc" not in flags:
            libraries.append("-lc")
        out += ["--start-group", *libraries, "--end-group"]
    if start:
        out.append(start_file(line, context, "crtn.o"))
    return out
