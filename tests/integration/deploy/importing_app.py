"""A Celery application whose imports write Timesketch's rows and last while their file is held."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import NullPool, create_engine

from exporter.demo.rows import Rows
from exporter.demo.tasks import add_tasks, celery_app


@cache
def _rows() -> Rows:
    return Rows(create_engine(os.environ["DATABASE_URL"], poolclass=NullPool))


app = celery_app(os.environ["BROKER_URL"])
add_tasks(app, _rows)
