"""The schema's history, as scripts that Alembic runs."""
