"""Repairs carried out by processes of their own."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.integration.repair.stuck import writer

if TYPE_CHECKING:
    from exporter.repair.apply import Applied
    from exporter.repair.changes import Repair


def apply(url: str, repair: Repair) -> Applied:
    """Write a repair."""
    return writer(url, timeout=60).apply(repair)


def replicas(count: int) -> ProcessPoolExecutor:
    """Return so many processes that share nothing with this one."""
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))
