"""The exact core: identity table, rows, the fold, the exact partition. Pure numpy: no I/O, no clock."""
