# mypy: ignore-errors
# Runs in Timesketch's own environment, whose packages the type checker does not have.
"""Calls Timesketch's own set_status step by step: set_status.py MODEL ID STATUS READ DIRECTORY.

READ is `object`, as of a task that comes to its end, or `status`: then the object's status has been
read before as well, as by a request that looks through a sketch's timelines first.

It goes on where somebody opens the named pipes `begin` and `commit` of the directory, and says
where it is by files: `loaded` (holds the pid of our database session), `written` (the rows are
written, nothing is committed), `done`.
"""

import sys
from pathlib import Path

from sqlalchemy import event, text
from timesketch.app import create_app
from timesketch.models import db_session, sketch


def main() -> None:
    """Load the object, then set its status, pausing at the gates."""
    model, identifier, status, read, directory = sys.argv[1:]
    steps = Path(directory)
    with create_app().app_context():
        target = getattr(sketch, model).get_by_id(int(identifier))
        assert read == "object" or target.status, "it has no status yet"
        pid = db_session.execute(text("SELECT pg_backend_pid()")).scalar_one()

        @event.listens_for(db_session, "before_commit", once=True)
        def hold(session) -> None:  # noqa: ANN001  SQLAlchemy's
            session.flush()
            tell(steps / "written", "")
            (steps / "commit").read_text()

        tell(steps / "loaded", str(pid))
        (steps / "begin").read_text()
        target.set_status(status)
        db_session.remove()
    tell(steps / "done", "")


def tell(path: Path, words: str) -> None:
    """Write a file all at once."""
    part = path.with_suffix(".part")
    part.write_text(words)
    part.rename(path)


main()
