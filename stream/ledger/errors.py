"""Why the ledger cannot be read, or must stop. Each message is one line that names the mend."""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger's database cannot be used; ``reason`` says why in one word.

    Reasons: bad_url, missing, older, newer, unavailable, in_use, unknown_label, unknown_kind,
    overflow.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LedgerFault(LedgerError):
    """What was read contradicts what is held, or cannot be held: the ledger stops and writes nothing of it.

    Reasons: equal_stamp, row_fell, overflow, unknown_row.
    """
