"""The one step from the shipped configurations to yours: addresses, paths and intervals replaced.

    python -m exporter.shipped.template alerts/prometheus.yml exporter=ts:19808 rules=/r/*.yml

prints the file with these in place. Everything else stays as it is, comments included.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PLACES = {
    "exporter": "timesketch-exporter:19808",
    "alertmanager": "alertmanager:9093",
    "rules": "rules/*.yml",
    "token": "/etc/alertmanager/timesketch-exporter.token",
}
"""What the shipped files have where yours has something else."""

INTERVALS = frozenset(
    {
        "scrape_interval",
        "scrape_timeout",
        "evaluation_interval",
        "group_wait",
        "group_interval",
        "repeat_interval",
    }
)


def fill(text: str, **values: str) -> str:
    """The configuration with each place, and each interval wherever it is set, replaced.

    Raises ValueError for a name that is none of PLACES or INTERVALS, or that the text does not
    hold: what is asked for and not done would be found out too late.
    """
    for name, value in values.items():
        if name in PLACES:
            replaced = text.replace(PLACES[name], value)
        elif name in INTERVALS:
            line = re.compile(rf"^(\s*{name}:) \S+$", re.MULTILINE)
            replaced = line.sub(rf"\g<1> {value}", text)
        else:
            message = f"{name} is none of {', '.join([*PLACES, *sorted(INTERVALS)])}"
            raise ValueError(message)
        if replaced == text and PLACES.get(name) != value:
            message = f"there is no {name} to replace"
            raise ValueError(message)
        text = replaced
    return text


def main() -> int:
    """Print the file that is named first, with the values that follow; the exit code."""
    file, *pairs = sys.argv[1:]
    values = dict(pair.split("=", 1) for pair in pairs)
    try:
        sys.stdout.write(fill(Path(file).read_text(encoding="utf-8"), **values))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
