"""The whole product on one machine, fed by a source that keeps its own account."""
