"""What a tool may touch of the outside world.

Every tool of the toolchain is a function `main(argv, context) -> int`.  It takes its working
directory, environment and streams from the context and never from the process, so that a resident
server can run many of them, for many clients, in one process.
"""
from __future__ import annotations

import os
import resource
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, Final, NoReturn, TextIO


class ToolContext:
    """Working directory, environment and standard streams of one run of a tool."""

    def __init__(self, cwd: str, environ: Mapping[str, str], stdin: BinaryIO, stdout: BinaryIO, stderr: TextIO) -> None:
        self.cwd = cwd
        self.environ = environ
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.stderr_is_terminal = False
        self.ends_process = False
        """The process ends when the tool has run: what it leaves behind need not be collected."""

    def path(self, name: str) -> str:
        """`name` as the client means it: relative to the context's working directory."""
        return name if name.startswith("/") else os.path.join(self.cwd, name)

    def print(self, text: str) -> None:
        """Write a line to the tool's standard output."""
        self.stdout.write((text + "\n").encode("utf-8", "surrogateescape"))

    def read(self, name: str) -> bytes:
        """The bytes of an input file; `-` is standard input.  Raises OSError."""
        if name == "-":
            return self.stdin.read()
        with open(self.path(name), "rb") as f:
            return f.read()

    def write(self, name: str, data: bytes | bytearray | memoryview, executable: bool = False) -> None:
        """Write an output file whole, by rename; what is not a regular file is written in place.

        An existing file's mode is kept, a symbolic link is followed; a new file gets mode 0666 (0777
        if `executable`) less the umask.  Raises OSError; then no partial file is left.
        """
        named = self.path(name)
        path = os.path.realpath(named)
        mode = None
        try:
            status = os.stat(named)  # not `path`: /dev/stdout may lead to a pipe, which has no path
            if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                with open(named, "wb") as f:
                    f.write(data)
                return
            mode = stat.S_IMODE(status.st_mode)
        except FileNotFoundError:
            pass
        umask = os.umask(0o022)
        os.umask(umask)
        if mode is None:
            mode = 0o666 & ~umask
        if executable:
            mode |= 0o111 & ~umask
        try:
            fd, temporary = tempfile.mkstemp(prefix=".tcc-py-", dir=os.path.dirname(path))
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error
        try:
            with os.fdopen(fd, "wb") as f:
                f.write(data)
            os.chmod(temporary, mode)
            os.rename(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


STACK: Final = 120 << 20
"""Bytes of stack that the deepest input the front end takes needs, compiled (mypyc code recurses on the C stack).  The
kernel leaves at least 128 MB for it below the mappings, whatever the limit was when the process began."""


def lift_limits() -> None:
    """Let this process recurse as deep as the tools' own nesting limits allow, and read numbers however many digits they have
    (a floating constant may need 11,500 to be told from its neighbour)."""
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if hard == resource.RLIM_INFINITY or hard >= STACK:
        resource.setrlimit(resource.RLIMIT_STACK, (STACK, hard))
    sys.setrecursionlimit(200000)
    sys.set_int_max_str_digits(0)


Tool = Callable[[Sequence[str], ToolContext], int]


def process_context() -> ToolContext:
    """The context of this process: what a tool gets when it is run directly."""
    context = ToolContext(os.getcwd(), os.environ, sys.stdin.buffer, sys.stdout.buffer, sys.stderr)
    context.stderr_is_terminal = sys.stderr.isatty()
    context.ends_process = True
    return context


def leave(status: int) -> NoReturn:
    """End the process at once: taking a compiler's million objects apart one by one costs half as much as compiling did."""
    try:
        sys.stdout.flush()
    except OSError as e:
        status = status or 1
        if not isinstance(e, BrokenPipeError):
            sys.stderr.write(f"error: cannot write standard output: {e.strerror}\n")
    try:
        sys.stderr.flush()
    except OSError:
        status = status or 1
    os._exit(status)
