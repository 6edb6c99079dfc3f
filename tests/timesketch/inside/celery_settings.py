# mypy: ignore-errors
# Runs in Timesketch's own environment, whose packages the type checker does not have.
"""Writes settings of Timesketch's Celery application as JSON: celery_settings.py FILE NAME..."""

import json
import sys
from pathlib import Path

from timesketch.lib.tasks import celery

file, *names = sys.argv[1:]
part = Path(f"{file}.part")
part.write_text(json.dumps({name: celery.conf[name] for name in names}))
part.rename(file)
