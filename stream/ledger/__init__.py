"""The one truth: rows from the log into a database, and the figures that every reader takes from it."""
