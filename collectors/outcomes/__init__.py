"""Receiver of outcomes: what became of an output."""
