"""The schema's history as Alembic revisions, applied when the database is opened."""
