"""A Celery app whose tasks last as long as the file that they are given exists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from celery import Celery

if "FAKETIME" in os.environ:
    # Python's own way to sleep is one that libfaketime 0.9 gets wrong.
    vars(time)["sleep"] = lambda seconds: threading.Event().wait(seconds)

app = Celery("timesketch", broker=os.environ["BROKER_URL"])
app.conf.update(
    broker_transport_options=json.loads(os.environ["TRANSPORT_OPTIONS"]),
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
)


@app.task(name="timesketch.lib.tasks.run_csv_jsonl")
def run_csv_jsonl(file_path: str, *_others: object) -> None:
    """Import until the file is gone."""
    while Path(file_path).exists():
        time.sleep(0.02)


@app.task(name="timesketch.lib.tasks.run_plaso")
def run_plaso(file_path: str, *others: object) -> None:
    """Import by a process of its own, as the real one does by psort, and wait for its end."""
    psort = Path(__file__).with_name("psort.py")
    _, _, index, _, timeline, *_ = others
    arguments = [sys.executable, psort, os.environ["OPENSEARCH_URL"], file_path, index, timeline]
    subprocess.run([*map(str, arguments)], check=True, start_new_session=True)


@app.task(name="somebody.elses")
def somebody_elses(file_path: str) -> None:
    """Work until the file is gone, as a task of another project."""
    while Path(file_path).exists():
        time.sleep(0.02)
