"""Reads the collector's configuration file: errors name file, line, field and mend, never a token."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from collectors._sdk.attribution import Attribution, Rule
from collectors._sdk.configuration import CollectorConfiguration, TokenPart
from collectors._sdk.errors import ConfigInvalid
from collectors._sdk.tokens import Caller, Token, Tokens

_MAX_FILE_BYTES: Final = 4_000_000
_FEWEST_TOKEN_BYTES: Final = 8
_FIELDS: Final = ", ".join(CollectorConfiguration.model_fields)


@dataclass(frozen=True)
class Configured:
    """A configuration made ready. Paths in ``file`` that are relative are relative to ``directory``."""

    file: CollectorConfiguration = field(default_factory=CollectorConfiguration)
    tokens: Tokens = field(default_factory=Tokens)
    directory: Path = Path()

    @property
    def attribution(self) -> Attribution:
        part = self.file.attribution
        rules = [Rule(rule.match, rule.set, rule.override) for rule in part.rules]
        return Attribution(rules, part.defaults)


def load_configuration(
    path: Path, receivers: Iterable[str] | None, environ: Mapping[str, str] = os.environ
) -> Configured:
    """The configuration in a file. ``receivers``: names that there are, None: whoever is named is taken.

    Raises ConfigInvalid.
    """
    document = _document(path)
    try:
        file = CollectorConfiguration.model_validate(_plain(document))
    except ValidationError as error:
        raise ConfigInvalid([_problem(path, document, item) for item in error.errors()]) from None
    if receivers is not None:
        _check_receivers(path, document, file, sorted(receivers))
    tokens = [
        Token(_sha256(path, document, at, part, environ), _caller(part))
        for at, part in enumerate(file.tokens)
    ]
    for at, token in enumerate(tokens):
        if any(token.sha256 == other.sha256 for other in tokens[:at]):
            raise ConfigInvalid([_at(path, document, ("tokens", at), "stands twice; give each once")])
    return Configured(file, Tokens(tokens, required=file.tokens_required), path.parent)


def _plain(value: object) -> object:
    """ruamel's containers as plain ones."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value


def _document(path: Path) -> CommentedMap:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ConfigInvalid([f"{path}: larger than {_MAX_FILE_BYTES} bytes; is it the right file?"])
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid([f"{path}: {error.strerror}; name a readable file"]) from None
    except UnicodeDecodeError:
        raise ConfigInvalid([f"{path}: is not UTF-8; save it so"]) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = str(error.problem or error.context)
        if "duplicate key" in said:  # ruamel repeats the values, which may be tokens
            said = "a key stands twice"
        raise ConfigInvalid([f"{path}:{line}: not YAML: {said}; mend the line"]) from None
    except (YAMLError, ValueError):
        raise ConfigInvalid([f"{path}: not YAML; mend the file"]) from None
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigInvalid([f"{path}:1: a mapping is expected, with {_FIELDS}"])
    return document


def _check_receivers(
    path: Path, document: CommentedMap, file: CollectorConfiguration, known: Sequence[str]
) -> None:
    named = [(name, ("receivers", name)) for name in file.receivers]
    for at, token in enumerate(file.tokens):
        named += [(name, ("tokens", at, "receivers")) for name in token.receivers or ()]  # type: ignore[misc]
    problems = [
        _at(path, document, where, f"there is no receiver {name:.40}; one of {', '.join(known)}")
        for name, where in named
        if name not in known
    ]
    if problems:
        raise ConfigInvalid(problems)


def _caller(part: TokenPart) -> Caller:
    receivers = None if part.receivers is None else frozenset(part.receivers)
    return Caller(part.source_key, part.source, receivers)


def _sha256(
    path: Path, document: CommentedMap, at: int, part: TokenPart, environ: Mapping[str, str]
) -> bytes:
    """Hash of a token, wherever it stands. Raises ConfigInvalid."""
    if part.token_sha256 is not None:
        return bytes.fromhex(part.token_sha256)
    text = part.token or ""
    where = "token"
    if part.token_env is not None:
        where, text = "token_env", environ.get(part.token_env, "").strip()
    if part.token_file is not None:
        where = "token_file"
        try:
            text = (path.parent / part.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            said = "the file cannot be read; name a readable file"
            raise ConfigInvalid([_at(path, document, ("tokens", at, where), said)]) from None
    if len(text) < _FEWEST_TOKEN_BYTES:
        said = f"no token of at least {_FEWEST_TOKEN_BYTES} characters is there"
        raise ConfigInvalid([_at(path, document, ("tokens", at, where), said)])
    return hashlib.sha256(text.encode()).digest()


def _problem(path: Path, document: CommentedMap, item: Any) -> str:
    """One error of pydantic as a line for people."""
    parts = tuple(part for part in item["loc"] if part != "[key]")
    if item["type"] == "extra_forbidden":
        inner = f"one of {_FIELDS}" if len(parts) == 1 else "see collectors/README.md"
        return _at(path, document, parts, f"is no field of this file; {inner}")
    return _at(path, document, parts, str(item["msg"]).removeprefix("Value error, "))


def _at(path: Path, document: CommentedMap, parts: Sequence[str | int], said: str) -> str:
    line = 1
    node: Any = document
    for part in parts:
        if isinstance(node, CommentedMap) and part in node:
            line, node = node.lc.key(part)[0] + 1, node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, node = node.lc.item(part)[0] + 1, node[part]
        else:
            break
    field = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in parts) or "file"
    return f"{path}:{line}: {field}: {said}"
