"""The web configuration as its files say it now: what serves follows them while it runs."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from exporter.errors import WebConfigError
from exporter.web.config_file.reading import WebConfig, read

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

_log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
"""How often files are read again that were wrong, or so fresh that they may change unseen."""

_FRESH_SECONDS = 2.0


class LiveWebConfig:
    """The configuration, read anew as soon as one of its files has changed.

    What is wrong then is logged once, and the former one stays in force as a whole; so it is with
    changes that a connection could not follow (`Tls.fixed`), which take a restart. To be asked from
    one thread, that of the event loop: it is no more than a `stat` a file while nothing changes.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the file, where there is one; raises `WebConfigError` if it is wrong."""
        self._path = path
        self._clock = clock
        self._monotonic = monotonic
        self._config = WebConfig() if path is None else read(path)
        self._complained = ""
        # Not known to be settled: what changed while it was read is found at the next look.
        self._seen: tuple[tuple[float, ...], ...] = ()
        self._again_at: float | None = None
        self._replaced_at: float | None = None

    @property
    def replaced_at(self) -> float | None:
        """When it was last replaced by another, in Unix seconds; None if it is the first."""
        return self._replaced_at

    def current(self) -> WebConfig:
        """What holds now."""
        if self._path is not None and self._due(self._path):
            self._look_again(self._path)
        return self._config

    def context(self) -> ssl.SSLContext | None:
        """The TLS context to listen with, whose connections get what holds when they begin."""
        tls = self._config.tls
        if tls is None:
            return None

        def begin(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            now = self.current().tls
            if now is not None:
                connection.context = now.context

        # Called for each ClientHello, whether it names a server or not.
        tls.context.sni_callback = begin
        return tls.context

    def _due(self, path: Path) -> bool:
        seen = tuple(_state(file) for file in (self._config.files or (path,)))
        now = self._monotonic()
        changed = seen != self._seen
        if changed or (self._again_at is not None and now >= self._again_at):
            newest = max(state[0] for state in seen)
            fresh = self._clock() - newest < _FRESH_SECONDS
            self._seen = seen
            self._again_at = now + AGAIN_SECONDS if fresh else None
            return True
        return False

    def _look_again(self, path: Path) -> None:
        try:
            found = read(path)
            _refuse_what_is_fixed(path, self._config, found)
        except WebConfigError as error:
            self._again_at = self._monotonic() + AGAIN_SECONDS
            self._complain(str(error))
            return
        self._complained = ""
        if found.files != self._config.files:
            self._config = found
            self._replaced_at = self._clock()
            self._seen = ()  # it may name other files
            _log.info("web configuration replaced", extra={"file": str(path)})

    def _complain(self, problem: str) -> None:
        if problem != self._complained:
            self._complained = problem
            text = "; ".join(problem.splitlines())
            _log.warning("web configuration kept: its files are wrong now", extra={"error": text})


def _state(file: Path) -> tuple[float, ...]:
    """What changes with a file's content, mostly."""
    try:
        state = os.stat(file)  # noqa: PTH116  asked for each request, and twice as fast
    except OSError:
        return (0.0,)
    return (state.st_mtime, state.st_ino, state.st_size, state.st_ctime)


def _refuse_what_is_fixed(path: Path, before: WebConfig, after: WebConfig) -> None:
    if (before.tls is None) != (after.tls is None):
        raise WebConfigError(f"{path}: turning TLS on or off takes a restart")
    if before.tls is None or after.tls is None:
        return
    now = dict(after.tls.fixed)
    changed = [key for key, value in before.tls.fixed if now[key] != value]
    if changed:
        raise WebConfigError(f"{path}: a change of {', '.join(changed)} takes a restart")
