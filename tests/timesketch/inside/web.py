# mypy: ignore-errors
# Runs in Timesketch's own environment, whose packages the type checker does not have.
"""Serves Timesketch's web application on a loopback port: web.py PORT USER PASSWORD."""

import sys

from timesketch.models import db_session
from timesketch.models.user import User
from timesketch.wsgi import application
from werkzeug.serving import make_server


def main() -> None:
    """Make the user, then serve until killed."""
    port, name, password = sys.argv[1:]
    user = User.get_or_create(username=name, name=name)
    user.set_password(plaintext=password, rounds=4)
    user.admin = True
    db_session.add(user)
    db_session.commit()
    db_session.remove()
    make_server("127.0.0.1", int(port), application, threaded=True).serve_forever()


main()
