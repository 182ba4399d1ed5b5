"""The exposition: every business figure on /metrics, exact, as the ledger holds it."""
