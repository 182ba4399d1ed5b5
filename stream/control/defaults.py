"""The configuration that an installation begins with."""

from __future__ import annotations

from stream.contract.configuration import Configuration
from stream.pricing import compile_book, encode_book


def default_configuration() -> Configuration:
    """Computed costs by the bundled catalogue, without overrides."""
    return Configuration(price_book=encode_book(compile_book()))
