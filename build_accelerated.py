"""Compile the hot rooms with mypyc into a copy of the package.

    python build_accelerated.py DIR

DIR/toolchain and DIR/boot are copies of the sources; beside each compiled module stands its shared library, which
Python prefers.  `DIR/ready` is written last.

mypyc makes one C file of each module.  They are compiled some together, because the header that all of them include
takes as long to read as half of an ordinary module to compile, and on all processors.  The libraries that Python looks for
beside the modules only lead into the one that holds the code: they are links to a few that serve all.
"""
from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.realpath(__file__))

# Rooms that mypyc compiles; the others run interpreted (they are called a few times a run).
COMPILED_ROOMS = [
    "toolchain/diagnostics.py", "toolchain/elf", "toolchain/mc", "toolchain/isa", "toolchain/as", "toolchain/ld",
    "toolchain/cc/types.py", "toolchain/cc/floats.py", "toolchain/cc/options.py", "toolchain/cc/preprocess", "toolchain/cc/parse",
    "toolchain/cc/ir", "toolchain/cc/lower", "toolchain/cc/opt", "toolchain/cc/codegen", "toolchain/cc/riscv", "toolchain/cc/x86",
]
MARKER = "# mypyc: interpreted"
"""A module with this line stays plain Python."""
FLAGS = ["-Og", "-g0", "-w", "-fwrapv", "-fPIC", "-DNDEBUG", "-fno-stack-protector"]
"""-Og compiles in two thirds of the time of -O1."""
INLINE = "".join(f"static inline __attribute__((always_inline)) void {name}(PyObject *op);\n" for name in ("Py_INCREF", "Py_DECREF"))
"""... but would call what every second statement does."""
CHUNK = 3_000_000
"""Bytes of C that are compiled together: some 300 MB of memory."""


def modules(base: str) -> list[str]:
    """Paths of the modules to compile, relative to `base`, in a fixed order."""
    out: list[str] = []
    for room in COMPILED_ROOMS:
        path = os.path.join(base, room)
        if os.path.isfile(path):
            out.append(room)
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(files):
                full = os.path.join(folder, name)
                if name.endswith(".py") and name != "__init__.py":
                    with open(full, encoding="utf-8") as f:
                        if MARKER not in f.read():
                            out.append(os.path.relpath(full, base))
    return out


def generate() -> None:
    """In the folder of the copy: make the C files in `build`, and `build/plan.json`, which says what to compile into what."""
    from mypyc.build import mypycify
    extensions = mypycify(modules("."), opt_level="1", debug_level="0", multi_file=True)
    plan = [(e.name, e.sources, e.include_dirs) for e in extensions]
    with open(os.path.join("build", "plan.json"), "w", encoding="utf-8") as f:
        json.dump(plan, f)


def compilers() -> list[str]:
    """The C compiler's command: Python's own where it is installed."""
    command = shlex.split(sysconfig.get_config_var("CC") or "cc")
    return command if shutil.which(command[0]) else ["cc"]


class Build:
    """The C part of a build, in the folder `work`."""

    def __init__(self, work: str) -> None:
        self.work = work
        with open(os.path.join(work, "build", "plan.json"), encoding="utf-8") as f:
            self.plan: list[tuple[str, list[str], list[str]]] = json.load(f)
        self.suffix: str = sysconfig.get_config_var("EXT_SUFFIX")
        self.flags = [*compilers(), *FLAGS, "-I" + sysconfig.get_path("include"), *("-I" + d for d in self.plan[0][2])]
        self.jobs: list[tuple[int, str]] = []
        """(size, C file) of what is to be compiled."""

    def write(self, name: str, pieces: list[str], size: int) -> str:
        """A C file for the compiler; returns the object's name."""
        path = os.path.join("build", name + ".c")
        with open(os.path.join(self.work, path), "w", encoding="utf-8") as f:
            if sys.version_info < (3, 12):
                f.write("typedef struct _object PyObject;\n" + INLINE)
            f.writelines(pieces)
        self.jobs.append((size, path))
        return path[:-2] + ".o"

    def code(self) -> list[str]:
        """The files of the library that holds the code, by pieces of about CHUNK bytes."""
        objects: list[str] = []
        pieces: list[str] = []
        size = 0
        sources = self.plan[0][1]
        for n, source in enumerate(sources):
            pieces.append(f'#include "{os.path.join(self.work, source)}"\n')
            size += os.path.getsize(os.path.join(self.work, source))
            if size > CHUNK or n == len(sources) - 1:
                objects.append(self.write(f"code{len(objects)}", pieces, size))
                pieces = []
                size = 0
        return objects

    def entries(self) -> list[tuple[str, list[str]]]:
        """Objects with the entry points of modules, and these modules.  Two modules of the same last name need two."""
        layers: list[list[tuple[str, str]]] = []
        count: dict[str, int] = {}
        for name, sources, _ in self.plan[1:]:
            last = name.rpartition(".")[2]
            n = count.get(last, 0)
            count[last] = n + 1
            if n == len(layers):
                layers.append([])
            layers[n].append((name, sources[0]))
        out: list[tuple[str, list[str]]] = []
        for n, layer in enumerate(layers):
            pieces = [f'#undef PyInit___init__\n#define PyInit___init__ PyInit___init__{k}\n#include "{os.path.join(self.work, source)}"\n'
                      for k, (_, source) in enumerate(layer)]
            out.append((self.write(f"entries{n}", pieces, 1000 * len(layer)), [name for name, _ in layer]))
        return out

    def run(self) -> int:
        """Compile and link; returns the first exit status that is not 0."""
        code = self.code()
        entries = self.entries()
        self.jobs.sort(reverse=True)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            status = max(pool.map(self.compile, [path for _, path in self.jobs]))
        if status != 0:
            return status
        status = self.link(code, self.plan[0][0] + self.suffix)
        for n, (path, names) in enumerate(entries):
            library = f"toolchain/entries{n}.so"
            status = status or self.link([path], library)
            for name in names:
                place = name.replace(".", "/") + self.suffix
                os.symlink(os.path.relpath(library, os.path.dirname(place)), os.path.join(self.work, place))
        return status

    def compile(self, path: str) -> int:
        """One C file to its object."""
        return subprocess.call([*self.flags, "-c", path, "-o", path[:-2] + ".o"], cwd=self.work)

    def link(self, objects: list[str], output: str) -> int:
        """A shared library."""
        return subprocess.call([*compilers(), "-shared", *objects, "-o", output], cwd=self.work)


def main(target: str) -> int:
    """Build into a temporary folder, then move it to `target`."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    work = tempfile.mkdtemp(prefix="building-", dir=os.path.dirname(target))
    try:
        for room in ("toolchain", "boot"):
            shutil.copytree(os.path.join(ROOT, room), os.path.join(work, room), ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        status = subprocess.call([sys.executable, os.path.realpath(__file__), "--generate"], cwd=work)
        status = status or Build(work).run()
        if status != 0:
            return status
        shutil.rmtree(os.path.join(work, "build"), ignore_errors=True)
        shutil.rmtree(os.path.join(work, ".mypy_cache"), ignore_errors=True)
        with open(os.path.join(work, "ready"), "w", encoding="utf-8"):
            pass
        shutil.rmtree(target, ignore_errors=True)
        os.rename(work, target)
        return 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1] == "--generate":
        sys.exit(generate())
    sys.exit(main(os.path.abspath(sys.argv[1])))
