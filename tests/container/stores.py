"""A PostgreSQL and a Valkey at the ports that Timesketch's have, with an empty database.

`python -m tests.container.stores DIRECTORY` says `ready`, and goes on until SIGTERM. PostgreSQL
takes anybody for whom he says he is.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from exporter.demo.servers import Postgres, Valkey


def main(directory: Path) -> None:
    """Run both."""
    postgres = Postgres(directory, 5432)
    trust = "host all all 127.0.0.1/32 trust\n"
    (postgres.home.data / "pg_hba.conf").write_text(trust, encoding="utf-8")
    with postgres, Valkey(directory, 6379):
        postgres.create_database("timesketch")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        signal.sigwait([signal.SIGTERM])
        postgres.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
