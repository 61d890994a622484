"""Alembic's entry: runs the revisions on the connection that the opener hands over."""

from alembic import context

from core.storage.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
