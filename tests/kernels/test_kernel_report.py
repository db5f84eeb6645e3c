"""What `build-kernel` reported: where TCC_PY_KERNEL_REPORT names a report, it must be that of a kernel that booted, built by nobody else."""
from __future__ import annotations

import json
import os
import platform

import pytest

REPORT = os.environ.get("TCC_PY_KERNEL_REPORT", "")


@pytest.mark.skipif(not REPORT, reason="set TCC_PY_KERNEL_REPORT to the report of a finished build-kernel")
def test_the_kernel_was_built_by_our_tools_and_booted() -> None:
    assert os.path.exists(REPORT), "build-kernel left no report: it failed or took too long"
    with open(REPORT, encoding="utf-8") as f:
        report = json.load(f)
    assert report["booted"] is True
    assert report["userspace_checks"]["failed"] == 0 and report["userspace_checks"]["passed"] >= 28
    assert report["c_files"] > 600
    assert report["peak_rss_bytes"] < 600_000_000
    if platform.machine() == "x86_64":
        assert report["foreign_tools"] == []
