"""The contract: every name, record, column and topic, in one place. Pure: no I/O, no clock, no randomness."""
