"""The board: one page that shows what the ledger holds, and its figures as JSON."""
