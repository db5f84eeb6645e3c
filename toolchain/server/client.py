"""The commands that `tcc-py tools` makes: each hands its arguments, directory, environment and descriptors to the server named by
TCC_PY_SERVER, or else runs the tool itself.

`script` is one in Python, which runs on any machine; it imports nothing but `_socket`, `posix` and `sys`.  `native_client` is one in C,
compiled by our own compiler: a Linux build starts 1,300 of them, at 15 ms each for Python's start and less than one for this.
"""
from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import Final

from toolchain.commands import run_command
from toolchain.context import ToolContext

TEMPLATE: Final = '''#!{python} -ISE
import sys
import posix
PREFIX = {prefix!r}
def ask(path):
    import _socket
    try:
        s = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        s.connect(path)
        try:
            cwd = posix.getcwdb()
        except OSError:
            return -1
        words = [w.encode("utf-8", "surrogateescape") for w in PREFIX + sys.argv[1:]]
        body = b"".join(w + b"\\0" for w in [cwd, b"%d" % len(words), *words, *[k + b"=" + v for k, v in posix.environ.items()]])
        fds = b"".join(i.to_bytes(4, sys.byteorder) for i in (0, 1, 2))
        s.sendmsg([len(body).to_bytes(4, "little")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)])
        s.sendall(body)
        answer = s.recv(1)
    except OSError:
        return -1
    return answer[0] if answer else -1
path = posix.environ.get(b"TCC_PY_SERVER")
status = ask(path) if path else -1
if status < 0:
    environment = dict(posix.environ)
    environment[b"PYTHONPATH"] = {home!r}
    posix.execve({python!r}, [{python!r}, "-P", "-m", "toolchain.cli"] + PREFIX + sys.argv[1:], environment)
posix._exit(status)
'''
PROGRAM_FOLDER: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client_program")
MARK: Final = b"@@tcc-py settings@@"
SETTINGS_BYTES: Final = 4096


def script(python: str, home: str, prefix: Sequence[str]) -> str:
    """Text of a command that runs `tcc-py PREFIX... ARGS` with the interpreter `python` and the package found in folder `home`."""
    return TEMPLATE.format(python=python, home=home, prefix=list(prefix))


class NativeClient:
    """The client program of one machine, without its settings."""

    def __init__(self, image: bytes) -> None:
        self._image = image
        self._at = image.index(MARK)

    def command(self, python: str, home: str, prefix: Sequence[str]) -> bytes:
        """As `script`: an ELF executable.  Raises ValueError if the words are too long."""
        settings = b"".join(w.encode("utf-8", "surrogateescape") + b"\0" for w in [python, home, str(len(prefix)), *prefix])
        if len(settings) > SETTINGS_BYTES:
            raise ValueError("the names of interpreter and package are too long")
        return self._image[:self._at] + settings.ljust(SETTINGS_BYTES, b"\0") + self._image[self._at + SETTINGS_BYTES:]


def native_client(machine: str, triple: str, folder: str, context: ToolContext) -> NativeClient | None:
    """The client compiled for `machine` (as uname names it) in `folder`; None if there is no such program or it does not compile."""
    header = os.path.join(PROGRAM_FOLDER, machine + ".h")
    if not os.path.exists(header):
        return None
    output = os.path.join(folder, f".client-{os.getpid()}")
    quiet = ToolContext(context.cwd, context.environ, io.BytesIO(), io.BytesIO(), io.StringIO())
    words = ["cc", "--target=" + triple, "-Os", "-nostdlib", "-static", "-no-pie", "-ffreestanding", "-fno-stack-protector", "-fno-builtin",
             f'-DMACHINE_HEADER="{header}"', os.path.join(PROGRAM_FOLDER, "client.c"), "-o", output]
    if run_command(words, quiet) != 0:
        return None
    path = context.path(output)
    with open(path, "rb") as f:
        image = f.read()
    os.unlink(path)
    return NativeClient(image)
