# mypy: ignore-errors
# Runs in Timesketch's own environment, whose packages the type checker does not have.
"""Writes as JSON what Timesketch's tasks take, what it sends them, and how Celery is configured.

signatures.py FILE; the configuration is that of TIMESKETCH_SETTINGS, its database an empty one.
`parameters` are the names of each task's parameters in their order, by the task's name. `sent` are
the signatures of uploads by their kind of file: whatever Timesketch puts into the queue for one,
in order. `analyses` are the ids of the analyses that were made for them.
"""

import inspect
import json
import sys
from pathlib import Path

from timesketch.app import create_app
from timesketch.lib import tasks
from timesketch.models import BaseModel, db_session
from timesketch.models.sketch import Analysis, SearchIndex, Sketch, Timeline
from timesketch.models.user import User

KINDS = ("csv", "jsonl", "plaso")
# No id is another kind's, or a wrong position would go unnoticed.
FIRST_SKETCH, FIRST_TIMELINE = 1000, 2000


def sent(number: int, kind: str) -> dict:
    """Make the pipeline of one upload, with analyzers behind the import."""
    user = User.get_or_create(username="analyst", name="analyst")
    sketch = Sketch(id=FIRST_SKETCH + number, name=kind, description=kind, user=user)
    index = SearchIndex(name=kind, description=kind, user=user, index_name=f"index-{kind}")
    db_session.add_all([sketch, index])
    db_session.commit()
    timeline = Timeline(
        id=FIRST_TIMELINE + number,
        name=kind,
        description=kind,
        user=user,
        sketch=sketch,
        searchindex=index,
    )
    timeline.set_status("ready")
    sketch.timelines.append(timeline)
    db_session.add_all([sketch, timeline])
    db_session.commit()
    pipeline = tasks.build_index_pipeline(
        file_path=f"/uploads/file.{kind}",
        timeline_name=kind,
        index_name=index.index_name,
        file_extension=kind,
        sketch_id=sketch.id,
        timeline_id=timeline.id,
    )
    analyses = Analysis.query.filter_by(sketch_id=sketch.id).order_by(Analysis.id)
    return {
        "timeline": timeline.id,
        "index": index.index_name,
        "sketch": sketch.id,
        "analyses": [analysis.id for analysis in analyses],
        "signatures": json.loads(json.dumps([dict(each) for each in pipeline.tasks])),
    }


def parameters() -> dict:
    """The parameters of every task of Timesketch's own."""
    return {
        name: list(inspect.signature(task.run).parameters)
        for name, task in tasks.celery.tasks.items()
        if not name.startswith("celery.")
    }


def main() -> None:
    """Ask Timesketch and write what it says, all at once."""
    application = create_app()
    with application.app_context():
        BaseModel.metadata.create_all(bind=db_session.get_bind())
        found = {
            "parameters": parameters(),
            "sent": {kind: sent(number, kind) for number, kind in enumerate(KINDS)},
            "broker_transport_options": tasks.celery.conf.broker_transport_options,
            "results_transport_options": tasks.celery.conf.result_backend_transport_options,
        }
    part = Path(sys.argv[1] + ".part")
    part.write_text(json.dumps(found))
    part.rename(sys.argv[1])


main()
