"""A psort of tests: indexes events of a timeline as long as the file exists that it imports.

`psort.py URL FILE INDEX TIMELINE`; uses the standard library alone.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path

_EVENTS_A_BULK = 10
_BULK_SECONDS = 0.1


def main() -> None:
    """Send a bulk of events again and again."""
    url, file, index, timeline = sys.argv[1:]
    action = json.dumps({"index": {"_index": index}})
    event = json.dumps({"message": "an event", "__ts_timeline_id": int(timeline)})
    body = f"{action}\n{event}\n".encode() * _EVENTS_A_BULK
    headers = {"Content-Type": "application/x-ndjson"}
    while Path(file).exists():
        request = urllib.request.Request(f"{url}/_bulk", data=body, headers=headers)  # noqa: S310  the test's own server
        urllib.request.urlopen(request).close()  # noqa: S310  likewise
        time.sleep(_BULK_SECONDS)


if __name__ == "__main__":
    main()
