"""Programs built by this compiler and by gcc, measured in the same run.

    python benchmarks/programs.py --sources DIR [--cc "COMMAND"] [--reference gcc] [--work DIR] [--repeat 5]
                                  [--only sqlite,lua,zlib,bzip2,xz] [--sizes] [--compile-time] [--rebuild] [--no-run]

DIR holds the unpacked Debian sources of sqlite3 (with the amalgamation made: `configure && make sqlite3.c`), lua5.4, zlib (after
`configure`), bzip2 and xz-utils (after `ac_cv_header_immintrin_h=no configure --disable-shared --disable-nls --disable-threads
--disable-clmul-crc`: both compilers then build the same portable code).

Figures of November 2026 (2 busy cores, gcc 12): run time 1.11 SQLite, 0.98 Lua, 1.00 zlib, 1.16 bzip2, 1.05 xz (xz before the last
changes to inlining); text of sqlite3.o at -Os 1.12.

Run time: user seconds, the least of the repetitions, which alternate between the compilers.  Objects are kept in the work
folder and made again with --rebuild (or if --cc changed what it is: the caller knows).
"""
from __future__ import annotations

import argparse
import hashlib
import math
import os
import resource
import shlex
import subprocess
import sys
from collections.abc import Sequence

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(HERE)

XZ_LIBRARY = """tuklib_physmem:../common check:check crc32_fast:check crc32_table:check crc64_fast:check crc64_table:check sha256:check
lz_decoder:lz lz_encoder:lz lz_encoder_mf:lz fastpos_table:lzma lzma2_decoder:lzma lzma2_encoder:lzma lzma_decoder:lzma
lzma_encoder:lzma lzma_encoder_optimum_fast:lzma lzma_encoder_optimum_normal:lzma lzma_encoder_presets:lzma
price_table:rangecoder arm:simple arm64:simple armthumb:simple ia64:simple powerpc:simple simple_coder:simple
simple_decoder:simple simple_encoder:simple sparc:simple x86:simple delta_common:delta delta_decoder:delta delta_encoder:delta""".split()
XZ_COMMON = """alone_decoder alone_encoder auto_decoder block_buffer_decoder block_buffer_encoder block_decoder block_encoder
block_header_decoder block_header_encoder block_util common easy_buffer_encoder easy_decoder_memusage easy_encoder
easy_encoder_memusage easy_preset file_info filter_buffer_decoder filter_buffer_encoder filter_common filter_decoder
filter_encoder filter_flags_decoder filter_flags_encoder hardware_physmem index index_decoder index_encoder index_hash
lzip_decoder microlzma_decoder microlzma_encoder stream_buffer_decoder stream_buffer_encoder stream_decoder stream_encoder
stream_flags_common stream_flags_decoder stream_flags_encoder string_conversion vli_decoder vli_encoder vli_size""".split()
XZ_TOOL = """../common/tuklib_exit ../common/tuklib_mbstr_fw ../common/tuklib_mbstr_width ../common/tuklib_open_stdxxx
../common/tuklib_progname args coder file_io hardware list main message mytime options signals suffix util""".split()
LUA = """lapi lauxlib lbaselib lcode lcorolib lctype ldblib ldebug ldo ldump lfunc lgc linit liolib llex lmathlib lmem loadlib
lobject lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm lua lundump lutf8lib lvm lzio""".split()
ZLIB = "adler32 compress crc32 deflate gzclose gzlib gzread gzwrite infback inffast inflate inftrees trees uncompr zutil".split()
BZIP2 = "blocksort bzip2 bzlib compress crctable decompress huffman randtable".split()


class Program:
    """Sources with their options, libraries, and the command lines to run ({exe}, {in}, {out})."""

    def __init__(self, name: str, folder: str, libraries: list[str], runs: list[str]) -> None:
        self.name = name
        self.folder = folder
        self.libraries = libraries
        self.runs = runs
        self.sources: list[tuple[str, list[str]]] = []

    def add(self, names: list[str], under: str, options: list[str]) -> None:
        """C files without their suffix."""
        for n in names:
            self.sources.append((os.path.normpath(os.path.join(self.folder, under, n + ".c")), options))


def find(sources: str, prefix: str) -> str:
    """The folder in `sources` that begins with `prefix`."""
    for n in sorted(os.listdir(sources)):
        if n.startswith(prefix) and os.path.isdir(os.path.join(sources, n)):
            return os.path.join(sources, n)
    raise SystemExit(f"{sources}: no folder {prefix}*")


def programs(sources: str) -> list[Program]:
    """The five programs."""
    out: list[Program] = []
    p = Program("sqlite", find(sources, "sqlite3-"), ["-lm"], ["{exe} --size 20"])
    p.add(["sqlite3"], "", ["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"])
    p.add(["speedtest1"], "test", ["-DSQLITE_THREADSAFE=0", "-I" + p.folder])
    out.append(p)
    p = Program("lua", find(sources, "lua-5"), ["-lm"], ["{exe} " + os.path.join(HERE, "mixed.lua")])
    p.add(LUA, "src", ["-DLUA_USE_POSIX"])
    out.append(p)
    p = Program("zlib", find(sources, "zlib-"), [], ["{exe} -9 < {in} > {out}", "{exe} -d < {out} > /dev/null"])
    p.add(ZLIB, "", ["-D_LARGEFILE64_SOURCE=1", "-DHAVE_HIDDEN"])
    p.add(["minigzip"], "test", ["-D_LARGEFILE64_SOURCE=1", "-I" + p.folder])
    out.append(p)
    p = Program("bzip2", find(sources, "bzip2-"), [], ["{exe} -9 -c < {in} > {out}", "{exe} -dc < {out} > /dev/null"])
    p.add(BZIP2, "", ["-D_FILE_OFFSET_BITS=64"])
    out.append(p)
    p = Program("xz", find(sources, "xz-"), [], ["{exe} -6 -c < {in} > {out}", "{exe} -dc < {out} > /dev/null"])
    base = ["-DHAVE_CONFIG_H", "-I" + p.folder, "-I" + p.folder + "/src/common", "-I" + p.folder + "/src/liblzma/api"]
    library = base + ["-DTUKLIB_SYMBOL_PREFIX=lzma_", "-fvisibility=hidden"]
    for part in ("common", "check", "lz", "rangecoder", "lzma", "delta", "simple"):
        library.append("-I" + p.folder + "/src/liblzma/" + part)
    for n in XZ_LIBRARY:
        name, under = n.split(":")
        p.add([name], "src/liblzma/" + under, library)
    p.add(XZ_COMMON, "src/liblzma/common", library)
    p.add(XZ_TOOL, "src/xz", base + ["-I" + p.folder + "/lib", '-DLOCALEDIR="/usr/share/locale"'])
    out.append(p)
    return out


class Compiler:
    """A command, and where its objects go."""

    def __init__(self, name: str, command: list[str], work: str) -> None:
        self.name = name
        self.command = command
        self.work = os.path.join(work, name)

    def build(self, p: Program, level: str, rebuild: bool) -> str:
        """The path of the executable."""
        folder = os.path.join(self.work, p.name + level)
        os.makedirs(folder, exist_ok=True)
        objects: list[str] = []
        fresh = False
        for source, options in p.sources:
            mark = hashlib.md5(source.encode()).hexdigest()[:4]
            obj = os.path.join(folder, os.path.basename(source)[:-2] + "-" + mark + ".o")
            objects.append(obj)
            if rebuild or not os.path.exists(obj):
                subprocess.run(self.command + [level, "-w", *options, "-c", source, "-o", obj], check=True)
                fresh = True
        exe = os.path.join(folder, p.name)
        if fresh or not os.path.exists(exe):
            subprocess.run(self.command + ["-o", exe, *objects, *p.libraries], check=True)
        return exe

    def compile_cost(self, p: Program, level: str) -> tuple[float, float]:
        """User seconds and megabytes of the compilation of the program's first file."""
        source, options = p.sources[0]
        obj = os.path.join(self.work, p.name + level, "cost.o")
        return measure(shlex.join(self.command + [level, "-w", *options, "-c", source, "-o", obj]), os.getcwd())


def measure(command: str, folder: str) -> tuple[float, float]:
    """User seconds and peak megabytes of a shell command with all its children."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = subprocess.call(command, shell=True, cwd=folder, stdout=subprocess.DEVNULL)
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            with open(os.path.join(folder, f".usage.{os.getpid()}"), "w", encoding="utf-8") as f:
                f.write(f"{usage.ru_utime} {usage.ru_maxrss / 1024}")
        finally:
            os._exit(0 if code == 0 else 1)
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit("failed: " + command)
    path = os.path.join(folder, f".usage.{pid}")
    with open(path, encoding="utf-8") as f:
        seconds, size = f.read().split()
    os.unlink(path)
    return float(seconds), float(size)


def text_size(obj: str) -> int:
    """What `size` calls text: code and constants."""
    return int(subprocess.run(["size", obj], check=True, capture_output=True, text=True).stdout.splitlines()[1].split()[0])


def run_times(p: Program, exes: list[str], data: str, work: str, repeat: int) -> list[float]:
    """Least user seconds per executable, turns taken."""
    best = [math.inf] * len(exes)
    for _ in range(repeat):
        for n, exe in enumerate(exes):
            total = 0.0
            for r in p.runs:
                command = r.replace("{exe}", exe).replace("{in}", data).replace("{out}", exe + ".out")
                total += measure(command, work)[0]
            best[n] = min(best[n], total)
    return best


def main(argv: Sequence[str]) -> int:
    """Build, measure, print the table."""
    a = argparse.ArgumentParser(prog="programs.py")
    a.add_argument("--sources", required=True)
    a.add_argument("--cc", default=f"{sys.executable} -P -m toolchain.cli cc")
    a.add_argument("--reference", default="gcc")
    a.add_argument("--work", default="/tmp/tcc-py-programs")
    a.add_argument("--repeat", type=int, default=5)
    a.add_argument("--only", default="sqlite,lua,zlib,bzip2,xz")
    a.add_argument("--level", default="-O2")
    for flag in ("--sizes", "--compile-time", "--rebuild", "--no-run"):
        a.add_argument(flag, action="store_true")
    o = a.parse_args(argv)
    os.environ["PYTHONPATH"] = os.environ.get("PYTHONPATH", ROOT)
    compilers = [Compiler("ours", shlex.split(o.cc), o.work), Compiler("reference", shlex.split(o.reference), o.work)]
    chosen = [p for p in programs(os.path.abspath(o.sources)) if p.name in o.only.split(",")]
    all_programs = programs(os.path.abspath(o.sources))
    data = os.path.join(all_programs[0].folder, "sqlite3.c")
    logs = 0.0
    print(f"{'run time at ' + o.level:24}{'ours':>10}{'gcc':>10}{'ratio':>8}")
    for p in chosen:
        exes = [c.build(p, o.level, o.rebuild and c.name == "ours") for c in compilers]
        if o.no_run:
            continue
        ours, theirs = run_times(p, exes, data, o.work, o.repeat)
        logs += math.log(ours / theirs)
        print(f"{p.name:24}{ours:10.3f}{theirs:10.3f}{ours / theirs:8.2f}", flush=True)
    if not o.no_run:
        print(f"{'geometric mean':44}{math.exp(logs / len(chosen)):8.2f}")
    if o.sizes:
        for level in ("-Os", "-O2"):
            for p in chosen:
                sizes = []
                for c in compilers:
                    exe = c.build(p, level, o.rebuild and c.name == "ours" and level != o.level)
                    folder = os.path.dirname(exe)
                    sizes.append(sum(text_size(os.path.join(folder, n)) for n in os.listdir(folder) if n.endswith(".o") and n != "cost.o"))
                print(f"{'text ' + level + ' ' + p.name:24}{sizes[0]:10}{sizes[1]:10}{sizes[0] / sizes[1]:8.3f}", flush=True)
    if o.compile_time:
        cost = [c.compile_cost(all_programs[0], o.level) for c in compilers]
        print(f"{'compile sqlite3.c, s':24}{cost[0][0]:10.1f}{cost[1][0]:10.1f}{cost[0][0] / cost[1][0]:8.2f}")
        print(f"{'compile sqlite3.c, MB':24}{cost[0][1]:10.0f}{cost[1][1]:10.0f}{cost[0][1] / cost[1][1]:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
