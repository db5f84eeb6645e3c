"""The resident server: status, streams, pipelines, and what happens without it."""
from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.context import process_context
from toolchain.driver.targets import find_target
from toolchain.server.client import native_client, script

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.fixture(params=["script", "native"])
def tool(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "tool"
    if request.param == "script":
        path.write_text(script(sys.executable, ROOT, []))
    else:
        host = find_target(platform.machine())
        client = native_client(platform.machine(), host.triple, str(tmp_path), process_context()) if host is not None else None
        if client is None:
            pytest.skip("no native client for this machine")
        path.write_bytes(client.command(sys.executable, ROOT, []))
    path.chmod(0o755)
    return path


def serve(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ, PYTHONPATH=ROOT)
    return subprocess.run([sys.executable, "-m", "toolchain.cli", "server", "--", *command], env=env, cwd=cwd,
                          capture_output=True, text=True, timeout=240)


def test_status_and_streams_pass_through(tool: Path, tmp_path: Path) -> None:
    result = serve("sh", "-c", "./tool --version; ./tool no-such-command; echo status $?; exit 5", cwd=tmp_path)
    assert result.returncode == 5
    assert result.stdout == "tcc-py 0.1.0\nstatus 2\n"
    assert "unknown command 'no-such-command'" in result.stderr


def test_tools_in_a_pipeline_do_not_wait_for_each_other(tool: Path, tmp_path: Path) -> None:
    # The first tool of each pipeline reads from the second's side; eight at once need eight workers.
    pipeline = " | ".join(["./tool --version"] * 8)
    result = serve("sh", "-c", f"{pipeline}; {pipeline}", cwd=tmp_path)
    assert result.stdout == "tcc-py 0.1.0\n" * 2


def test_without_a_server_the_tool_runs_itself(tool: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != "TCC_PY_SERVER"}
    result = subprocess.run([tool, "--version"], capture_output=True, text=True, env=env, timeout=240)
    assert (result.returncode, result.stdout) == (0, "tcc-py 0.1.0\n")


def test_words_folders_and_environments_arrive_as_they_are(tool: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    (folder / "in.c").write_text("WORD\n")
    words = "cd 'with space' && ../tool cc -E -P '-DWORD=a  b \"\u00e4\"' in.c && echo 'int x;' | ../tool cc -c -x c - -o 'o b.o' && ../tool nm 'o b.o'"
    result = serve("sh", "-c", words, cwd=tmp_path)
    assert result.stderr == ""
    assert result.stdout.splitlines() == ["a b \"\u00e4\"", "0000000000000000 B x"]
