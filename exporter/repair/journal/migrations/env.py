"""What alembic executes to migrate; only ever loaded by it, from `upgrade`.

The connection comes with a transaction of its own, in which everything happens or nothing.
"""

from alembic import context

from exporter.repair.journal.tables import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
