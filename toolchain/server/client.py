"""Source of the commands that `tcc-py tools` makes.

`script` returns an executable Python file that imports nothing but `_socket`, `posix`, `marshal` and
`sys` (a Linux build starts a thousand of them): it hands its arguments, directory, environment and
descriptors to the server named by TCC_PY_SERVER, or else runs the tool itself.
"""
from __future__ import annotations

from collections.abc import Sequence

TEMPLATE = '''#!{python} -ISE
import sys
import posix
ARGV = {prefix!r} + sys.argv[1:]
def ask(path):
    import _socket
    import marshal
    try:
        s = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        s.connect(path)
        try:
            cwd = posix.getcwd()
        except OSError:
            return -1
        body = marshal.dumps((ARGV, cwd, [k + b"=" + v for k, v in posix.environ.items()]))
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
    posix.execve({python!r}, [{python!r}, "-m", "toolchain.cli"] + ARGV, environment)
posix._exit(status)
'''


def script(python: str, home: str, prefix: Sequence[str]) -> str:
    """Text of a command that runs `tcc-py PREFIX... ARGS` with the interpreter `python` and the package found in folder `home`."""
    return TEMPLATE.format(python=python, home=home, prefix=list(prefix))
