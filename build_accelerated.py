"""Compile the hot rooms with mypyc into a copy of the package.

    python build_accelerated.py DIR

DIR/toolchain and DIR/boot are copies of the sources; beside each compiled module stands its shared library, which
Python prefers.  `DIR/ready` is written last.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.realpath(__file__))

# Rooms that mypyc compiles; the others run interpreted (they are called a few times a run).
COMPILED_ROOMS = [
    "toolchain/diagnostics.py", "toolchain/elf", "toolchain/mc", "toolchain/isa", "toolchain/as", "toolchain/ld",
    "toolchain/cc/types.py", "toolchain/cc/floats.py", "toolchain/cc/options.py", "toolchain/cc/preprocess", "toolchain/cc/parse",
    "toolchain/cc/ir", "toolchain/cc/lower", "toolchain/cc/opt", "toolchain/cc/codegen", "toolchain/cc/riscv", "toolchain/cc/x86",
]
# distutils compiles the C files of one extension module one after the other, and nearly all of ours are in one.
SETUP = """
import os
from concurrent.futures import ThreadPoolExecutor
from setuptools import setup
from distutils.ccompiler import CCompiler
from mypyc.build import mypycify


def compile_in_parallel(self, sources, output_dir=None, macros=None, include_dirs=None, debug=0, extra_preargs=None, extra_postargs=None, depends=None):
    macros, objects, extra_postargs, options, build = self._setup_compile(output_dir, macros, include_dirs, sources, depends, extra_postargs)
    arguments = self._get_cc_args(options, debug, extra_preargs)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda o: self._compile(o, build[o][0], build[o][1], arguments, extra_postargs, options), [o for o in objects if o in build]))
    return objects


CCompiler.compile = compile_in_parallel
"""
MARKER = "# mypyc: interpreted"
"""A module with this line stays plain Python."""


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


def main(target: str) -> int:
    """Build into a temporary folder, then move it to `target`."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    work = tempfile.mkdtemp(prefix="building-", dir=os.path.dirname(target))
    try:
        for room in ("toolchain", "boot"):
            shutil.copytree(os.path.join(ROOT, room), os.path.join(work, room), ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        setup = os.path.join(work, "setup.py")
        with open(setup, "w", encoding="utf-8") as f:
            f.write(SETUP + f"setup(name='tcc-py-accelerated', packages=[], ext_modules=mypycify({modules(work)!r},"
                    " opt_level='1', debug_level='0', multi_file=True))\n")
        status = subprocess.call([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=work)
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
    sys.exit(main(os.path.abspath(sys.argv[1])))
