"""Receiver of usage events as JSON: single, array, ndjson, CloudEvents."""
