"""One script per change of the schema; a script is never changed once released."""
