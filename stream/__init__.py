"""Tokonomics: contract, pricing, fold, agents, ledger, exposition and board."""
