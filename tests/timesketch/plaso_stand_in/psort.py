"""A stand-in for psort: indexes the lines of a file that the filter names, each as an event."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from pathlib import Path


def main() -> None:
    """Index as Timesketch's task asks, by the options that it gives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--server")
    parser.add_argument("--port", type=int)
    parser.add_argument("--index_name")
    parser.add_argument("--timeline_identifier", type=int)
    given = sys.argv[1:]
    path, *filters = given[given.index("--") + 1 :]
    options, _ = parser.parse_known_args(given[: given.index("--")])
    lines = []
    for message in Path(path).read_text().splitlines():
        if all(each in message for each in filters):
            event = {"message": message, "__ts_timeline_id": options.timeline_identifier}
            lines += [{"index": {"_index": options.index_name}}, event]
    connection = http.client.HTTPConnection(options.server, options.port)
    connection.request("POST", "/_bulk", "".join(f"{json.dumps(line)}\n" for line in lines))
    connection.getresponse().read()


if __name__ == "__main__":
    main()
