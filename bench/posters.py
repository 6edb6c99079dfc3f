"""Clients that post one notification after the other, each of a new alert, over kept connections.

`python -m bench.posters PORT CLIENTS SECONDS` prints how long each answer took, as a list in JSON.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import count

from tests.unit.web.webhook.notifications import alert, body

TIMELINES = 200
"""Alerts are about this many timelines, in turn."""


def _post(port: int, client: int, seconds: float) -> list[float]:
    """Post for so long; return how long each answer took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took: list[float] = []
    ends = time.monotonic() + seconds
    for number in count():
        if time.monotonic() > ends:
            break
        fingerprint = f"{client:04x}{number:012x}"
        content = body(alert(1 + number % TIMELINES, fingerprint=fingerprint))
        began = time.perf_counter()
        connection.request("POST", "/webhook", content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        if answer.status != HTTPStatus.ACCEPTED:
            raise RuntimeError(f"answered {answer.status}")
    connection.close()
    return took


def main() -> None:
    """Post, and print what came of it."""
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with ThreadPoolExecutor(clients) as pool:
        posting = [pool.submit(_post, port, client, seconds) for client in range(clients)]
        took = [each for client in posting for each in client.result()]
    print(json.dumps(took))


if __name__ == "__main__":
    main()
