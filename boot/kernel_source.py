"""Getting and unpacking the kernel's source."""
from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile

DEBIAN_ARCHIVE = "/usr/src/linux-source-6.12.tar.xz"


class SourceError(Exception):
    """The source cannot be had; the text says why."""


def find(source: str | None, cache: str) -> str:
    """The folder of the kernel's source: `source` itself, or where that archive (default: Debian's
    linux-source-6.12) has been unpacked below `cache`.  Raises SourceError."""
    if source and os.path.isdir(source):
        if not os.path.exists(os.path.join(source, "Kbuild")):
            raise SourceError(f"{source} is not a Linux source tree (no Kbuild)")
        return source
    archive = source or DEBIAN_ARCHIVE
    if not os.path.isfile(archive):
        hint = "" if source else " (Debian package linux-source-6.12)"
        raise SourceError(f"{archive}: no such file{hint}")
    status = os.stat(archive)
    name = re.sub(r"\.tar(\.\w+)?$", "", os.path.basename(archive))
    target = os.path.join(cache, f"{name}-{status.st_size}-{int(status.st_mtime)}")
    if os.path.exists(os.path.join(target, "Kbuild")):
        return target
    os.makedirs(cache, exist_ok=True)
    work = tempfile.mkdtemp(prefix="unpacking-", dir=cache)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(work, filter="tar") if hasattr(tarfile, "tar_filter") else tar.extractall(work)
        inside = [os.path.join(work, n) for n in os.listdir(work)]
        top = inside[0] if len(inside) == 1 else work
        if not os.path.exists(os.path.join(top, "Kbuild")):
            raise SourceError(f"{archive} does not hold a Linux source tree")
        shutil.rmtree(target, ignore_errors=True)
        os.rename(top, target)
    except (tarfile.TarError, OSError, EOFError) as e:
        raise SourceError(f"{archive}: {e}") from e
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def version(source: str) -> str:
    """VERSION.PATCHLEVEL.SUBLEVEL of the top Makefile."""
    values: dict[str, str] = {}
    with open(os.path.join(source, "Makefile"), encoding="utf-8") as f:
        for line in f:
            m = re.match(r"(VERSION|PATCHLEVEL|SUBLEVEL)\s*=\s*(\S*)", line)
            if m:
                values[m.group(1)] = m.group(2)
            if len(values) == 3:
                break
    return ".".join(values.get(k, "0") for k in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))
