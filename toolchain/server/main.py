"""`tcc-py server -- COMMAND...`: run COMMAND with resident workers behind the tools.

The server listens on a socket in a temporary folder, exports its path as TCC_PY_SERVER, runs COMMAND,
stops when that ends, and returns its status.  A dispatcher hands each connection to the worker that
finished last (its caches are warm) and forks another when all are busy: tools in a pipeline wait for one another, so
the number of workers must not be bounded by the number of cores.  A worker that has grown beyond `--max-memory` is
replaced after the request that it is at.
"""
from __future__ import annotations

import gc
import importlib.util
import os
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Final

from toolchain import commands
from toolchain.context import ToolContext, lift_limits
from toolchain.diagnostics import ToolError
from toolchain.server import protocol

DEFAULT_MAX_MEMORY: Final = 420 << 20
"""Bytes after which a worker makes room for a new one; the largest file of a kernel takes another 150 MB."""
COLLECT_AFTER: Final = 120000
"""The garbage collector runs between requests once so many objects were added: a compilation leaves some ten thousand in circles, and
looking at all that is alive after every file would cost a fifth of the time."""
PAGE: Final = resource.getpagesize()
USAGE: Final = f"""usage: tcc-py server [--max-memory=BYTES] -- COMMAND...
Runs COMMAND and returns its status; the compiler, assembler and linker that it calls through a folder made by 'tcc-py tools'
are served by processes that stay, and keep what they learn of headers.
  --max-memory=BYTES  a worker that has grown beyond this is replaced (default: {DEFAULT_MAX_MEMORY})
"""


def resident() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm", "rb") as f:
        return int(f.read().split()[1]) * PAGE


def serve_one(connection: socket.socket) -> None:
    """Run the tool that the client on `connection` asks for and answer with its status."""
    request = protocol.receive(connection)
    if request is None:
        return
    fd_in, fd_out, fd_err = request.descriptors
    stdin = os.fdopen(fd_in, "rb")
    stdout = os.fdopen(fd_out, "wb")
    stderr = os.fdopen(fd_err, "w", encoding="utf-8", errors="surrogateescape")
    context = ToolContext(request.cwd, request.environ, stdin, stdout, stderr)
    context.stderr_is_terminal = os.isatty(fd_err)
    status = commands.main(request.argv, context)
    for stream in (stdout, stderr, stdin):
        try:
            stream.close()
        except OSError:
            status = status or 1
    connection.send(bytes([status & 255]))


def work(channel: socket.socket, max_memory: int) -> None:
    """A worker's life: connections come over `channel`; after each it says so, or "x" and ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, fds, _, _ = socket.recv_fds(channel, 1, 1)
        if not message or not fds:
            return
        with socket.socket(fileno=fds[0]) as connection:
            try:
                serve_one(connection)
            except OSError:
                pass
        if resident() > max_memory:
            channel.send(b"x")
            return
        channel.send(b".")
        if gc.get_count()[0] > COLLECT_AFTER:
            gc.collect(1)


class Dispatcher:
    """Accepts connections and keeps the workers."""

    def __init__(self, listener: socket.socket, max_memory: int) -> None:
        self.listener = listener
        self.max_memory = max_memory
        self.selector = selectors.DefaultSelector()
        self.idle: list[socket.socket] = []
        self.pids: dict[socket.socket, int] = {}
        self.keep = (os.cpu_count() or 1) + 1

    def run(self, stop: int) -> None:
        """Serve until descriptor `stop` becomes readable."""
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(stop, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fd == stop:
                    self._finish()
                    return
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._answered(key.fileobj)

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            while self.idle:
                channel = self.idle.pop()
                try:
                    socket.send_fds(channel, [b"r"], [connection.fileno()])
                    return
                except OSError:
                    self._drop(channel)
            socket.send_fds(self._start(connection), [b"r"], [connection.fileno()])

    def _start(self, connection: socket.socket) -> socket.socket:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.listener.close()
                connection.close()
                ours.close()
                for channel in self.pids:
                    channel.close()
                self.selector.close()
                work(theirs, self.max_memory)
                status = 0
            finally:
                os._exit(status)
        theirs.close()
        self.pids[ours] = pid
        self.selector.register(ours, selectors.EVENT_READ)
        return ours

    def _answered(self, channel: socket.socket) -> None:
        try:
            message = channel.recv(1)
        except OSError:
            message = b""
        if message == b".":
            self.idle.append(channel)
            if len(self.idle) > self.keep:
                self._drop(self.idle.pop(0))
        else:
            self._drop(channel)

    def _drop(self, channel: socket.socket) -> None:
        self.selector.unregister(channel)
        channel.close()
        if channel in self.idle:
            self.idle.remove(channel)
        os.waitpid(self.pids.pop(channel), 0)

    def _finish(self) -> None:
        for channel in list(self.pids):
            self._drop(channel)


def preload() -> None:
    """Import what the tools need, before workers are forked, and keep it out of the collector's way."""
    for name in ("toolchain.cc.unit", "toolchain.driver.main", "toolchain.assembler", "toolchain.ld.main", "toolchain.binutils.tools"):
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(600000, 20, 100)


def main(argv: Sequence[str], context: ToolContext) -> int:
    """Entry of the sub-command."""
    arguments = list(argv)
    max_memory = DEFAULT_MAX_MEMORY
    if arguments and arguments[0].startswith("--max-memory="):
        text = arguments.pop(0).partition("=")[2]
        if not text.isdigit():
            raise ToolError(f"--max-memory wants a number of bytes, not '{text}'")
        max_memory = int(text)
    if arguments and arguments[0] == "--":
        arguments.pop(0)
    if arguments[:1] == ["--help"]:
        context.stdout.write(USAGE.encode())
        return 0
    if not arguments:
        context.stderr.write(USAGE)
        return 2
    folder = tempfile.mkdtemp(prefix="tcc-py-server-")
    path = os.path.join(folder, "socket")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(128)
    stop_read, stop_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(stop_write)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = 1
        try:
            lift_limits()
            preload()
            Dispatcher(listener, max_memory).run(stop_read)
            status = 0
        finally:
            os._exit(status)
    listener.close()
    os.close(stop_read)
    environ = dict(context.environ)
    environ[protocol.ENVIRONMENT_VARIABLE] = path
    try:
        process = subprocess.Popen(arguments, env=environ, cwd=context.cwd)
        while True:
            try:
                status = process.wait()
                break
            except KeyboardInterrupt:
                continue
        return status if status >= 0 else 128 - status
    except OSError as e:
        context.stderr.write(f"tcc-py server: {arguments[0]}: {e.strerror}\n")
        return 127
    finally:
        os.close(stop_write)
        os.waitpid(pid, 0)
        shutil.rmtree(folder, ignore_errors=True)
