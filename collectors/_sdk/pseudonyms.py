"""People as keyed pseudonyms: HMAC-SHA-256 of what the source calls them, cut to 64 bits. The key stays here.

64 bits suffice to tell people apart (a million people collide with a chance of 1 in 37 million), and without
the key nobody can try names against them. Zero means "nobody", so it is never a pseudonym.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from collectors._sdk.errors import KeyUnusable

_KEY_BYTES: Final = 32
DEFAULT_KEY_FILE: Final = Path(".tokonomics/pseudonym.key")


class Pseudonyms:
    """``previous``: the former key while keys rotate, so that both pseudonyms travel."""

    def __init__(self, key: bytes, previous: bytes | None = None) -> None:
        self._key, self._previous = key, previous

    def of(self, user: str) -> int:
        """0 < pseudonym < 2**64 under the key."""
        return _pseudonym(self._key, user)

    def previous_of(self, user: str) -> int | None:
        """The pseudonym under the former key, None when there is none."""
        return _pseudonym(self._previous, user) if self._previous is not None else None


def _pseudonym(key: bytes, user: str) -> int:
    return int.from_bytes(hmac.digest(key, user.encode(), "sha256")[:8], "big") or 1


def open_pseudonyms(key_file: Path, previous_key_file: Path | None = None) -> Pseudonyms:
    """Reads the keys; the first is made when its file is missing. Raises KeyUnusable."""
    if not key_file.exists():
        _make(key_file)
    return Pseudonyms(_read(key_file), _read(previous_key_file) if previous_key_file else None)


def _make(path: Path) -> None:
    """Whole or not at all: two collectors may start at once, and then share the first one's key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise KeyUnusable(f"key_file: {path}: cannot be made: {error.strerror}; name another place") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(4 * _KEY_BYTES + 2)
    except OSError as error:
        raise KeyUnusable(f"key_file: {path}: {error.strerror}; name a readable file") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyUnusable(f"key_file: {path}: others may use it (mode {mode & 0o777:o}); run chmod 600")
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyUnusable(f"key_file: {path}: {2 * _KEY_BYTES} hexadecimal digits are expected; restore it")
    return key
