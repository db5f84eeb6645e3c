"""Real programs from Debian's source packages, built by our toolchain and by gcc, their tests compared.

    python tests/programs/run.py [NAME ...] [--work DIR] [--list] [--ours-only] [--keep-gcc] [--no-server] [--reuse]

Each row of TABLE is one program (a name beginning with `riscv-` is built for riscv64 and run by QEMU; one beginning
with `as-ld-` is built by `gcc -B DIR` with our as and ld behind gcc).  Its source is fetched by `apt-get source`
with a list of sources of its own (nothing of the system's apt is touched), unpacked once, and copied for each
compiler.  `build` and `test` are shell scripts; in them $CC is the compiler (`tcc-py-cc` or gcc, nothing else is set),
$REPOSITORY this repository, $UPSTREAM the unpacked package and $PYTHON the running interpreter.  What `test` prints, as far as a line matches `keep` and after `drop` is cut
out, must be the same for both, and so must the exit status and the #defines of `config`, if the program has it.  TCC_PY_HOME names the folder to import the toolchain from
(default: this repository), for instance an accelerated copy.
"""
from __future__ import annotations

import argparse
import contextlib
import difflib
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOME = os.environ.get("TCC_PY_HOME") or TOP
APT = "/etc/apt"
RISCV = "riscv64-linux-gnu"
EMULATE = "qemu-riscv64 -L /usr/riscv64-linux-gnu"
TEXT_BYTES = ("find . -name '*.o' | sort | while read f; do "
              "echo $f $(objdump -s $f | awk '/^Contents/ {p = $4 ~ /^\\.text/} p' | md5sum); done")     # of all sections .text*
TEXT_LINES = r"\S*\.o \w{32}.*"


def source_lines() -> str:
    """`deb-src` lines for where this machine has its packages from."""
    out: list[str] = []
    with contextlib.suppress(FileNotFoundError), open(f"{APT}/sources.list", encoding="utf-8") as f:
        out += [line.replace("deb ", "deb-src ", 1).rstrip() for line in f if line.startswith("deb ")]
    for path in sorted(glob.glob(f"{APT}/sources.list.d/*.sources")):
        with open(path, encoding="utf-8") as f:
            stanzas = f.read().split("\n\n")
        for stanza in stanzas:
            fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.M))
            if "deb" not in fields.get("Types", "").split():
                continue
            key = f"[signed-by={fields['Signed-By']}] " if "Signed-By" in fields else ""
            out += [f"deb-src {key}{uri} {suite} {fields.get('Components', '')}" for uri in fields["URIs"].split() for suite in fields["Suites"].split()]
    return "\n".join(out) + "\n"


def release() -> str:
    """Code name of the system's release."""
    with open("/etc/os-release", encoding="utf-8") as f:
        return dict(re.findall(r'^(\w+)="?([^"\n]*)', f.read(), re.M)).get("VERSION_CODENAME", "stable")


@dataclass(frozen=True)
class Program:
    """A row of the table; see the module's docstring."""

    package: str
    build: str
    test: str
    keep: str = r".*"
    drop: str = r"$^"
    patched: bool = True        # with Debian's patches
    config: str = ""            # what configure found out: a header whose #defines must be the same


AMALGAMATION = "PATH=/usr/bin:/bin make -f Makefile.linux-gcc TOP=. sqlite3.c >/dev/null && cp test/speedtest1.c . && "     # by host programs
ZSTD_TESTS = "fuzzer zstreamtest decodecorpus poolTests invalidDictionaries legacy longmatch"
NOT_ROOT = "$(test $(id -u) = 0 && echo setpriv --reuid=65534 --regid=65534 --clear-groups)"     # some tests want what root is not denied
SPEEDTEST = "--size 2 --verify :memory:"
# One test file of extraquick ends the whole run with an error, with gcc's build as well.
SQLITE_TESTS = (f"rm -f test/recover.test; chmod -R a+rwX .; {NOT_ROOT} ./testfixture test/extraquick.test >log; s=$?; grep -a '^!\\| errors out of' log; "
                "grep -ao '^[^ ]*[.]* Ok$' log | sort -u | md5sum; exit $s")           # which tests, not only how many
SQLITE_KEPT, SQLITE_DROPPED = rf".*Verification Hash.*|.* errors out of .*|!.*|\w{{32}} .*|{TEXT_LINES}", r"on Linux.*"
BUSYBOX_TESTS, BUSYBOX_KEPT = "cd testsuite && ./runtest", r"(PASS|FAIL|SKIPPED|UNTESTED).*"
PYTHON_CORE = (
    "test_builtin test_int test_long test_float test_complex test_math test_cmath test_fractions test_struct test_array test_buffer test_memoryview test_bytes test_unicode "
    "test_unicodedata test_codecs test_multibytecodec test_re test_json test_marshal test_pickle test_copy test_dict test_set test_list test_tuple test_deque test_sort "
    "test_heapq test_bisect test_range test_slice test_enumerate test_iter test_generators test_coroutines test_asyncgen test_context test_exceptions test_except_star "
    "test_traceback test_grammar test_syntax test_compile test_ast test_dis test_peepholer test_tokenize test_fstring test_patma test_scope test_super test_descr "
    "test_class test_typing test_types test_call test_capi test_embed test_frame test_sys test_sys_settrace test_import test_importlib test_gc test_weakref "
    "test_functools test_itertools test_operator test_collections test_ordered_dict test_decimal test_random test_strtod test_format test_datetime test_time test_strptime "
    "test_io test_memoryio test_os test_posix test_subprocess test_signal test_thread test_threading test_socket test_select test_mmap test_fcntl test_zlib test_bz2 "
    "test_lzma test_zipfile test_hashlib test_hmac test_binascii test_base64 test_csv test_sqlite3 test_ctypes test_pyexpat test_xml_etree_c test_audioop test_ssl "
    "test_readline test_locale test_tracemalloc test_faulthandler test_stat test_statistics")
PYTHON_SLOW = (" test_asyncio test_concurrent_futures test_multiprocessing_fork test_multiprocessing_forkserver test_multiprocessing_spawn test_gdb test_tools test_lib2to3 "
               "test_peg_generator test_distutils test_ensurepip test_venv test_regrtest test_pydoc test_idle test_compileall test_cppext test_clinic")


def python_row(tests: str) -> Program:
    """CPython and tests of its suite; -j1 gives each test file a process of its own; sockets to a virtual machine's host need one that answers."""
    return Program("python3.11", "sed -i '1i #define Py_BUILD_CORE 1' Modules/pyexpat.c && ./configure && make",    # what a patch of Debian's forgot
                   "unset PYTHONPATH PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE; "
                   f"./python -m test -j1 --timeout 900 -i '*VSOCK*' --junit-xml junit.xml {tests} >log 2>&1; s=$?; tail -30 log; "
                   "./python $REPOSITORY/tests/programs/data/junit_lines.py junit.xml; exit $s",
                   r"(passed|skipped|failure|error|All|Tests result|\d+ tests).*", r" at 0x[0-9a-f]+", config="pyconfig.h")


CHECKED = r"(# )?(PASS|FAIL|SKIP|ERROR|XFAIL|XPASS|TOTAL)\b.*|\d+"      # what automake's `make check` says


def gnu_row(package: str, keep: str = CHECKED, test: str = "make check") -> Program:
    """A package of autoconf's kind."""
    return Program(package, "./configure && make", test, keep, config="config.h")


TABLE: dict[str, Program] = {
    "zlib": Program("zlib", "./configure && make", "make test", drop=r"[0-9.]+s$|gcc|tcc-py-cc"),
    "zlib-cmake": Program(
        "zlib", "mkdir win32 && touch win32/zlib1.rc && cmake -S . -B out -DCMAKE_BUILD_TYPE=Release && cmake --build out",
        "grep -o 'CMAKE_C_COMPILER_ID \"GNU\"' out/CMakeFiles/*/CMakeCCompiler.cmake; cd out && ctest", r".*(Passed|Failed|COMPILER_ID).*",
        r"[0-9.]+ sec"),
    "bzip2": Program("bzip2", "make CC=$CC", "make CC=$CC test", r"^(?!\S*cc ).*"),
    "xz": Program("xz-utils", "./configure && make", "make check", r"^(# )?(PASS|FAIL|SKIP|ERROR|XFAIL).*", config="config.h"),
    "zstd": Program("libzstd", "make -C programs zstd CC=$CC && make -C tests datagen CC=$CC",
                    "cd tests && ZSTD_BIN=../programs/zstd DATAGEN_BIN=./datagen ./playTests.sh >log 2>&1; s=$?; grep '^===>' log; exit $s"),
    "zstd-tests": Program(
        "libzstd", f"make -C tests CC=$CC datagen zstd {ZSTD_TESTS}",
        "cd tests && run() { echo \"== $*\"; \"$@\" >>log 2>&1; echo \"status $?\"; }; run ./fuzzer -s1 -i400; run ./zstreamtest -s1 -i200; "
        "run ./zstreamtest --newapi -s1 -i200; run ./decodecorpus -s1 -t -n100; run ./poolTests; run ./invalidDictionaries; run ./legacy; run ./longmatch; "
        "./cli-tests/run.py --zstd=../programs/zstd --datagen=./datagen"),
    "lua": Program("lua5.4", "make linux CC=\"$CC -std=gnu99\"", "src/lua $REPOSITORY/tests/programs/data/mixed.lua", patched=False),
    "sqlite": Program(
        "sqlite3", "./configure && make speedtest1 sqlite3 testfixture", f"./speedtest1 {SPEEDTEST}; {SQLITE_TESTS}", SQLITE_KEPT, SQLITE_DROPPED, config="sqlite_cfg.h"),
    "busybox": Program("busybox", "make defconfig CC=$CC HOSTCC=$CC </dev/null && make CC=$CC HOSTCC=$CC SKIP_STRIP=y", BUSYBOX_TESTS, BUSYBOX_KEPT),
    "tcc": Program("tcc", "./configure --cc=$CC && make", "make test", r"(-----|.*OK|.*FAIL|.*rror).*", r"\d+ ms"),
    "python": python_row(PYTHON_CORE),
    "python-rest": python_row("-x " + PYTHON_CORE + PYTHON_SLOW),
    "ccache": Program("zlib", "export CCACHE_DIR=$PWD/.ccache; CC=\"ccache $CC\" ./configure --static && make libz.a && make clean && make libz.a",
                      "CCACHE_DIR=$PWD/.ccache ccache -s | grep Hits", drop=r"\S*\.o"),
    "meson": Program("zlib", "printf \"project('z', 'c')\\nfoo = static_library('z', run_command('sh', '-c', 'ls *.c', check: true).stdout()"
                     ".split())\\ne = executable('example', 'test/example.c', link_with: foo)\\ntest('example', e)\\n\" >meson.build && "
                     "meson setup out && ninja -C out",
                     "grep -o 'C compiler for the host machine.*(gcc' out/meson-logs/meson-log.txt; meson test -C out",
                     r".*(\(gcc|Ok:|Fail:).*", r".*machine: \S+"),
    "pcre2": Program("pcre2", "./configure --enable-jit --disable-shared && make", "make check; cat RunTest.log RunGrepTest.log | grep -c OK", CHECKED, config="src/config.h"),
    "mawk": Program("mawk", "./configure && make", "make check", drop=r"\S*cc .*", config="config.h"),
    "lz4": Program("lz4", "make -C lib liblz4.a && make -C programs lz4 && make -C tests fuzzer frametest datagen",
                   "cd tests && ./fuzzer -s7 -i300 --no-prompt && ./frametest -s7 -i100 -v && ./datagen -g100000 | ../programs/lz4 -9 | md5sum", r"(.*[Tt]est.*(ok|OK|completed|passed).*|\w{32} .*)"),
    "brotli": Program("brotli", "cmake -S . -B out -DCMAKE_BUILD_TYPE=Release && cmake --build out", "cd out && ctest", r"(.*(Passed|Failed).*|.*tests passed.*)",
                      r"[0-9.]+ sec|\.\.\.+"),
    "detect-cmake": Program("zlib", "cp $REPOSITORY/tests/programs/data/detect/CMakeLists.txt . && cmake -S . -B out >out.log 2>&1 || { cat out.log; exit 1; }",
                            "cat out.log", "result:.*"),
    "detect-meson": Program("zlib", "cp $REPOSITORY/tests/programs/data/detect/meson.build . && meson setup out", "cat out/meson-logs/meson-log.txt", "Message: result:.*"),
    "riscv-zlib": Program("zlib", f"CHOST={RISCV} ./configure && make", f"for p in example examplesh; do LD_LIBRARY_PATH=. {EMULATE} ./$p; done; "
                          f"{EMULATE} ./minigzip <ChangeLog >c.gz && gzip -dc c.gz | cmp - ChangeLog && md5sum c.gz"),
    "riscv-zlib-static": Program(
        "zlib", f"CHOST={RISCV} LDFLAGS=-static ./configure --static && make",
        f"{RISCV}-readelf -l example minigzip | grep -c INTERP; {EMULATE} ./example; "
        f"{EMULATE} ./minigzip <ChangeLog >c.gz && {EMULATE} ./minigzip -d <c.gz | cmp - ChangeLog && md5sum c.gz"),
    "riscv-lua": Program(
        "lua5.4", "make linux CC=\"$CC -std=gnu99\" && cd src && $CC -static -o lua-static lua.o liblua.a -lm -ldl",
        f"for p in lua lua-static; do {EMULATE} src/$p $REPOSITORY/tests/programs/data/mixed.lua; done", patched=False),
    "riscv-sqlite": Program(
        "sqlite3", f"{AMALGAMATION} $CC -O2 -c sqlite3.c && $CC -O2 -c speedtest1.c && $CC -o dynamic sqlite3.o speedtest1.o -lm -ldl && "
        "$CC -static -o static sqlite3.o speedtest1.o -lm -ldl", f"for p in static dynamic; do {EMULATE} ./$p {SPEEDTEST}; done",
        drop=r"\s*[0-9.]+s$"),
    "riscv-sqlite-gcc-S": Program(
        "sqlite3", f"{AMALGAMATION} PATH=/usr/bin:/bin {RISCV}-gcc -O2 -S sqlite3.c && $CC -c sqlite3.s && "
        f"{RISCV}-as sqlite3.s -o sqlite3.o && $CC -O2 -c speedtest1.c && $CC -o dynamic sqlite3.o speedtest1.o -lm -ldl",
        f"{RISCV}-objcopy -O binary -j .text sqlite3.o t && md5sum t; {EMULATE} ./dynamic {SPEEDTEST}", drop=r"\s*[0-9.]+s$"),
    "as-ld-sqlite": Program("sqlite3", "./configure CFLAGS=-O2 && make CC=\"$CC -save-temps\" testfixture",
                            f"{TEXT_BYTES}; {SQLITE_TESTS}", SQLITE_KEPT, SQLITE_DROPPED),
    "as-ld-lua": Program("lua5.4", "make linux CC=\"$CC -std=gnu99\"", f"{TEXT_BYTES}; src/lua $REPOSITORY/tests/programs/data/mixed.lua", patched=False),
    "as-ld-busybox": Program("busybox", "make defconfig </dev/null && make CC=\"$CC\" SKIP_STRIP=y", f"{TEXT_BYTES}; {BUSYBOX_TESTS}", f"{BUSYBOX_KEPT}|{TEXT_LINES}"),
    "pip": Program("zlib", "cp $REPOSITORY/tests/programs/data/pip/* . && $PYTHON -m pip install --no-build-isolation --no-deps --target lib .",
                   "PYTHONPATH=lib $PYTHON use.py"),
    "sed": gnu_row("sed"),
    "grep": gnu_row("grep"),
    "gzip": gnu_row("gzip"),
    "gawk": gnu_row("gawk", r"(\w+|.*(PASSED|FAILED|rror).*)"),
    "libpng": gnu_row("libpng1.6"),
    "bash": gnu_row("bash", r"(run-|[<>] ).*", "make tests"),
}


class Runner:
    """Folders and environment of a run."""

    def __init__(self, work: str, server: bool, reuse: bool) -> None:
        self.work = os.path.abspath(work)
        self.server = server
        self.reuse = reuse
        self.tools = os.path.join(self.work, "tools")
        self.bin = os.path.join(self.work, "bin")
        self.cross = os.path.join(self.work, "cross")

    def prepare(self) -> None:
        """Our commands: one folder for `gcc -B`, one with nothing but tcc-py-cc, one with the cross tools' names."""
        environment = dict(os.environ, PYTHONPATH=HOME)
        for words in ([self.tools], [self.cross, "--prefix", f"{RISCV}-"]):
            subprocess.run([sys.executable, "-P", "-m", "toolchain.cli", "tools", *words], env=environment, check=True)
        os.makedirs(self.bin, exist_ok=True)
        if not os.path.exists(os.path.join(self.bin, "tcc-py-cc")):     # ccache looks at the compiler's time stamp
            shutil.copy(os.path.join(self.tools, "tcc-py-cc"), self.bin)

    def fetch(self, program: Program) -> str:
        """Folder of the package's source, fetched and unpacked if need be."""
        folder = os.path.join(self.work, "src", program.package + ("" if program.patched else "-upstream"))
        if os.path.isdir(folder):
            return folder
        apt = os.path.join(self.work, "apt")
        os.makedirs(os.path.join(apt, "lists", "partial"), exist_ok=True)
        os.makedirs(os.path.join(apt, "cache"), exist_ok=True)
        os.makedirs(os.path.join(self.work, "src"), exist_ok=True)
        options = [f"Dir::Etc::SourceList={apt}/sources.list", "Dir::Etc::SourceParts=/dev/null", f"Dir::State::Lists={apt}/lists",
                   f"Dir::Cache={apt}/cache"]
        command = ["apt-get", "-qq", *[w for o in options for w in ("-o", o)]]
        if not os.path.exists(os.path.join(apt, "sources.list")):
            with open(os.path.join(apt, "sources.list"), "w", encoding="utf-8") as f:
                f.write(source_lines())
            subprocess.run([*command, "update"], check=True)
        for which in (program.package, f"{program.package}/{release()}"):   # a mirror may lag behind the security updates it lists
            if not subprocess.call([*command, "source", "--download-only", which], cwd=apt, stdout=subprocess.DEVNULL):
                break
        names = sorted(n for n in os.listdir(apt) if n.startswith(program.package + "_") and n.endswith(".dsc"))
        words = ["dpkg-source", "--no-check", *([] if program.patched else ["--skip-patches"]), "-x", os.path.join(apt, names[-1]), folder]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        return folder

    def environment(self, name: str, ours: bool, upstream: str) -> dict[str, str]:
        """What the scripts see."""
        path = os.environ.get("PATH", "")
        compiler = "tcc-py-cc" if ours else "gcc"
        if name.startswith("riscv-"):
            compiler = f"{RISCV}-gcc"
            path = f"{self.cross}:{path}" if ours else path
        elif name.startswith("as-ld-"):
            compiler = f"gcc -B {self.tools}/" if ours else "gcc"
        else:
            path = f"{self.bin}:{path}" if ours else path
        return dict(os.environ, PATH=path, CC=compiler, REPOSITORY=TOP, UPSTREAM=upstream, LC_ALL="C", PYTHONPATH=HOME, PYTHON=sys.executable)

    def shell(self, script: str, folder: str, environment: dict[str, str], log: str, ours: bool) -> tuple[int, float]:
        """Run a script; (status, user and system seconds)."""
        words = ["sh", "-c", script]
        if ours and self.server:
            words = [sys.executable, "-P", "-m", "toolchain.cli", "server", "--", *words]
        before = os.times()
        with open(log, "wb") as out:
            status = subprocess.call(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        after = os.times()
        return status, after.children_user + after.children_system - before.children_user - before.children_system

    def side(self, name: str, program: Program, ours: bool) -> tuple[str, list[str]]:
        """Build and test with one compiler: a word on how it went, and the lines to compare."""
        upstream = self.fetch(program)
        folder = os.path.join(self.work, name, "tcc" if ours else "gcc")         # of one length: some tests count with their path's
        environment = self.environment(name, ours, upstream)
        done = os.path.join(folder, ".built")
        if not (self.reuse and os.path.exists(done)):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(upstream, folder, symlinks=True)
            status, seconds = self.shell(program.build, folder, environment, folder + ".build.log", ours)
            if status:
                return f"build failed ({folder}.build.log)", []
            with open(done, "w", encoding="utf-8") as f:
                f.write(f"{seconds:.0f}")
        with open(done, encoding="utf-8") as f:
            built = f.read()
        test_status, test_seconds = self.shell(program.test, folder, environment, folder + ".test.log", False)
        with open(folder + ".test.log", encoding="utf-8", errors="replace") as f:
            text = f.read().replace(folder, "").splitlines()
        lines = [re.sub(program.drop, "", line) for line in text if re.fullmatch(program.keep, line)]
        if program.config:
            with open(os.path.join(folder, program.config), encoding="utf-8") as f:
                lines += re.findall(r"^#define.*", f.read(), re.M)
        return f"built in {built} CPU s, tests exit {test_status} after {test_seconds:.0f}", [*lines, f"exit status {test_status}"]

    def expected(self, name: str, program: Program, keep: bool) -> tuple[str, list[str]]:
        """gcc's side; with `keep` that of an earlier run if its scripts were the same."""
        record = os.path.join(self.work, name, "gcc.json")
        scripts = [program.build, program.test, program.keep, program.drop, program.config]
        if keep and os.path.exists(record):
            with open(record, encoding="utf-8") as f:
                kept = json.load(f)
            if kept["scripts"] == scripts and kept["lines"]:
                return f"{kept['how']} (earlier run)", kept["lines"]
        how, lines = self.side(name, program, False)
        with open(record, "w", encoding="utf-8") as f:
            json.dump({"scripts": scripts, "how": how, "lines": lines}, f)
        return how, lines

    def run(self, name: str, with_gcc: bool, keep: bool) -> bool:
        """One row: true if both sides agree."""
        program = TABLE[name]
        began = time.time()
        how, lines = self.side(name, program, True)
        if not with_gcc:
            print(f"{name}: ours {how}", *lines, sep="\n  ", flush=True)
            return bool(lines) and lines[-1] == "exit status 0"
        other, expected = self.expected(name, program, keep)
        same = lines == expected and bool(lines)
        print(f"{'same' if same else 'DIFFERENT':10}{name}: ours {how}; gcc {other}; {len(expected)} lines, {time.time() - began:.0f} s", flush=True)
        if not same:
            print(*list(difflib.unified_diff(expected, lines, "gcc", "ours", lineterm="", n=0))[:40], sep="\n", flush=True)
        return same


def main(argv: list[str]) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--work", default=os.path.join(os.path.expanduser("~"), ".cache", "tcc-py-programs"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--ours-only", action="store_true", help="do not build with gcc for comparison")
    parser.add_argument("--keep-gcc", action="store_true", help="compare with gcc's outcome of an earlier run where there is one")
    parser.add_argument("--no-server", action="store_true", help="start a compiler process a file instead of resident workers")
    parser.add_argument("--reuse", action="store_true", help="only test what an earlier run has built")
    arguments = parser.parse_args(argv)
    if arguments.list:
        for name, program in TABLE.items():
            print(f"{name:20}{program.package:12}build: {program.build}\n{'':32}test: {program.test}")
        return 0
    unknown = [n for n in arguments.names if n not in TABLE]
    if unknown:
        parser.error(f"unknown program {unknown[0]}")
    signal.signal(signal.SIGINT, signal.default_int_handler)     # ignored for what runs in the background; some tests send it to themselves
    runner = Runner(arguments.work, not arguments.no_server, arguments.reuse)
    runner.prepare()
    results = [runner.run(name, not arguments.ours_only, arguments.keep_gcc) for name in arguments.names or TABLE]
    print(f"{sum(results)} of {len(results)} programs behave as when built by gcc")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
