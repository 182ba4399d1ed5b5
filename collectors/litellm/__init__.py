"""Receiver of LiteLLM's generic_api callback."""
