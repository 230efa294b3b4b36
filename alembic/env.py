"""Where Alembic meets the store: the daemon hands over its connection, a developer names a URL with -x url=..."""

from alembic import context
from sqlalchemy import Connection, create_engine

from monitor.store.tables import METADATA


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction; SQLite alters tables by copying them (batch mode)."""
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect() as one:
        migrate(one)
