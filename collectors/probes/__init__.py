"""Synthetic checks: sent by the collector itself on a fixed schedule, delivered into llm.probes.v1."""
