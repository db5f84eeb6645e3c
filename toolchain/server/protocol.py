"""What client and server say to each other over a Unix stream socket.

Request: 4 bytes little-endian length, with the client's descriptors 0, 1 and 2 attached as SCM_RIGHTS,
then that many bytes, strings that end in NUL: working directory, number of arguments, the arguments, and name=value for each variable of the
environment.  Answer: one byte, the exit status.  A connection that ends without an answer means that the worker died; the client then runs the tool itself.
"""
from __future__ import annotations

import array
import os
import socket
from typing import Final

ENVIRONMENT_VARIABLE: Final = "TCC_PY_SERVER"
"""Path of the server's socket; the commands that `tcc-py tools` makes look for it."""


class Request:
    """One run of a tool, as the client asked for it."""

    def __init__(self, argv: list[str], cwd: str, environ: dict[str, str], descriptors: list[int]) -> None:
        self.argv = argv
        self.cwd = cwd
        self.environ = environ
        self.descriptors = descriptors


def receive(connection: socket.socket) -> Request | None:
    """Read one request; None if the client went away or talks nonsense."""
    fds = array.array("i")
    head, ancillary, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * fds.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
    descriptors = list(fds)
    length = int.from_bytes(head, "little")
    chunks: list[bytes] = []
    while length > 0:
        chunk = connection.recv(min(length, 1 << 20))
        if not chunk:
            break
        chunks.append(chunk)
        length -= len(chunk)
    if len(head) < 4 or length or len(descriptors) != 3:
        close_all(descriptors)
        return None
    words = b"".join(chunks).decode("utf-8", "surrogateescape").split("\0")
    if len(words) < 3 or not words[1].isdecimal() or len(words) < 3 + int(words[1]):
        close_all(descriptors)
        return None
    first = 2 + int(words[1])
    environ: dict[str, str] = {}
    for pair in words[first:-1]:
        name, _, value = pair.partition("=")
        environ[name] = value
    return Request(words[2:first], words[0], environ, descriptors)


def close_all(descriptors: list[int]) -> None:
    """Close descriptors that came with a request."""
    for fd in descriptors:
        os.close(fd)
