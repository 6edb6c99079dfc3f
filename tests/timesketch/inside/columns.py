# mypy: ignore-errors
# Runs in Timesketch's own environment, whose packages the type checker does not have.
"""Writes the tables and columns of Timesketch's models as JSON: columns.py FILE."""

import json
import sys
from pathlib import Path

import timesketch.models.sketch
from timesketch.models import BaseModel

assert timesketch.models.sketch, "imported so that its tables are in the metadata"
tables = {
    name: sorted(column.name for column in table.columns)
    for name, table in BaseModel.metadata.tables.items()
}
part = Path(sys.argv[1] + ".part")
part.write_text(json.dumps(tables))
part.rename(sys.argv[1])
