"""How a journal of an older version becomes one of the newest; alembic finds the steps here."""
