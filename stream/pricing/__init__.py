"""Prices of model requests: the compiled price book, resolution of names, and the vectorised kernel.

``compile_book`` makes a book from the bundled catalogue and overrides, ``Pricer`` prices batches with it,
``explain`` says why a price is what it is. Only ``catalogue`` and ``overrides`` read anything from outside.
"""

from __future__ import annotations

from stream.pricing.book import PriceBook, book_digest, decode_book, encode_book
from stream.pricing.compile import compile_book
from stream.pricing.errors import OverlapError, OverrideError, PricingError
from stream.pricing.explain import Explanation, explain
from stream.pricing.kernel import UnitEntries
from stream.pricing.overrides import load_overrides, parse_overrides
from stream.pricing.pricer import Priced, Pricer
from stream.pricing.schema import Overrides

__all__ = [
    "Explanation",
    "OverlapError",
    "OverrideError",
    "Overrides",
    "PriceBook",
    "Priced",
    "Pricer",
    "PricingError",
    "UnitEntries",
    "book_digest",
    "compile_book",
    "decode_book",
    "encode_book",
    "explain",
    "load_overrides",
    "parse_overrides",
]
