"""Records what real workers answer: `python -m bench.recorder > bench/recorded.json`.

Three Celery workers with the demo's tasks hold one import each and have prefetched four more. Kept
are the replies as they lay in Redis, CLIENT LIST, and what the exporter read from the database.
"""

from __future__ import annotations

import json
import platform
import tempfile
import uuid
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from sqlalchemy import create_engine

from bench import waiting
from bench.site import Site
from exporter.demo.tasks import HOLD, celery_app
from exporter.observe import pidbox
from exporter.observe.broker_url import BrokerOptions
from exporter.observe.redis_link import connect
from exporter.observe.timelines import TimelinesReader

if TYPE_CHECKING:
    from exporter.observe.redis_link import RedisLink

WORKERS = 3
HELD = 5
METHODS = ("scheduled", "reserved", "active", "stats")
_PATIENCE = 30


def main() -> None:
    """Print the recording."""
    with tempfile.TemporaryDirectory(prefix="timesketch-exporter-bench-") as name:
        directory = Path(name)
        with Site(directory) as site:
            site.fill(timelines=WORKERS * HELD, processing=WORKERS * HELD, sketches=5)
            site.workers(WORKERS)
            _upload(site.broker_url, directory)
            recording = _record(site)
            for hold in directory.glob(f"*{HOLD}"):
                hold.unlink()
    print(json.dumps(recording, indent=1))


def _upload(broker_url: str, directory: Path) -> None:
    """Send imports of files that are held; wait until every worker has its share."""
    app = celery_app(broker_url)
    for timeline_id in range(1, WORKERS * HELD + 1):
        path = directory / uuid.uuid4().hex
        path.write_text("x")
        path.with_name(path.name + HOLD).touch()
        args = [str(path), "", f"timeline {timeline_id}", uuid.uuid4().hex, "csv", timeline_id]
        app.send_task("timesketch.lib.tasks.run_csv_jsonl", args=[*args, None, ","])
    app.close()
    with redis.Redis.from_url(broker_url) as client:
        prefetched = WORKERS * (HELD - 1)
        waiting.until(
            lambda: client.llen("celery") == 0 and client.hlen("unacked") == prefetched,
            "every message is with a worker",
        )


def _record(site: Site) -> dict[str, object]:
    link = connect(BrokerOptions(url=site.broker_url))
    replies = {method: _ask(link, method) for method in METHODS}
    client: Any = link.fresh_client()  # redis-py's types cannot tell sync from async
    listed = client.execute_command("CLIENT", "LIST")
    client.close()
    link.close()
    engine = create_engine(site.database_url)
    rows = TimelinesReader(engine).read().timelines
    engine.dispose()
    return {
        "made_with": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("celery", "kombu", "redis", "sqlalchemy")},
        },
        "replies": replies,
        "clients": listed if isinstance(listed, str) else listed.decode(),
        "timeline": asdict(rows[0]),
    }


def _ask(link: RedisLink, method: str) -> list[str]:
    """Return each worker's reply as it lay in Redis."""
    arguments = {"safe": True} if method == "active" else {}
    question = pidbox.Question(method, arguments)
    queue = f"recorder.{pidbox.REPLY_EXCHANGE}"
    layout = link.layout
    bindings = layout.binding_key(pidbox.REPLY_EXCHANGE)
    client: Any = link.fresh_client()
    client.sadd(bindings, layout.separator.join(("recorder", "", queue)))
    client.publish(
        layout.pidbox_channel, pidbox.encode(question, reply_to="recorder", expires=2.0**40)
    )
    key = layout.queue_key(queue, 0)
    replies = [client.brpop([key], timeout=_PATIENCE)[1].decode() for _ in range(WORKERS)]
    client.delete(bindings, key)
    client.close()
    return replies


if __name__ == "__main__":
    main()
