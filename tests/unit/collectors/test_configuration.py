"""The configuration file, keys and tokens: errors name line and field, and never a token."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from collectors._sdk.configuration_file import Configured, load_configuration
from collectors._sdk.errors import ConfigInvalid, KeyUnusable
from collectors._sdk.pseudonyms import Pseudonyms, open_pseudonyms
from collectors._sdk.tokens import ANYBODY, Tokens
from tests.unit.collectors.samples import KEY

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "correct-horse-battery"


def load(tmp_path: Path, text: str, **environ: str) -> Configured:
    path = tmp_path / "collector.yaml"
    path.write_text(text)
    return load_configuration(path, ("events", "litellm"), environ)


def test_the_example_is_valid() -> None:
    """What the documentation shows can be used as it is."""
    configured = load_configuration(ROOT / "deploy" / "collector.example.yaml", ("events", "litellm"))
    assert len(configured.attribution.rules) == 3


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("tokens:\n- source_key: a\n", 2, "tokens.1"),
        (f"tokens:\n- token: {TOKEN}\n  token_env: A\n  source_key: a\n", 2, "tokens.1"),
        (f"tokens:\n- token: {TOKEN}\n", 2, "tokens.1.source_key"),
        (f"tokens:\n- token: {TOKEN}\n  source_key: a\n- token: {TOKEN}\n  source_key: b\n", 4, "tokens.2"),
        ("tokens:\n- token: short\n  source_key: a\n", 2, "tokens.1.token"),
        ("tokens:\n- token_env: NOT_SET\n  source_key: a\n", 2, "tokens.1.token_env"),
        ("tokens:\n- source_key: a\n  token_file: nowhere\n", 3, "tokens.1.token_file"),
        (f"tokens:\n- token: {TOKEN}\n  source_key: a\n  receivers: [fax]\n", 4, "tokens.1.receivers"),
        ("receivers:\n  fax: {}\n", 2, "receivers.fax"),
        ("\nlimits:\n  queued_events: 0\n", 3, "limits.queued_events"),
        ("spool:\n  max_age_hours: 200\n", 2, "spool.max_age_hours"),
        ("receivers:\n  litellm: {spool: sometimes}\n", 2, "receivers.litellm.spool"),
        ("limit: {}\n", 1, "limit"),
        ("aliases:\n  trace: true\n", 2, "aliases.trace"),
        ("directory:\n  attribute_department: perhaps\n", 2, "directory.attribute_department"),
        ("attribution:\n  rules:\n  - match: {a: b}\n    set: {department: c}\n", 3, "attribution.rules.1"),
        ("attribution:\n  rules:\n  - match: {model: b}\n    set: {model: c}\n", 3, "attribution.rules.1"),
        ("attribution:\n  defaults: {department: 'a\"b'}\n", 1, "attribution"),
        ("- a\n", 1, ""),
        ("a: [\n", 2, ""),
    ],
)
def test_an_error_names_line_and_field(tmp_path: Path, text: str, line: int, field: str) -> None:
    """One line each, with the file; what is behind ``tokens`` is never repeated."""
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, text)
    (problem,) = caught.value.problems
    assert f"collector.yaml:{line}: {field}" in problem
    assert TOKEN not in problem


def test_a_duplicate_key_does_not_show_a_token(tmp_path: Path) -> None:
    """The YAML reader's own message would."""
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, f"tokens:\n- token: {TOKEN}\n  token: {TOKEN}x\n")
    assert TOKEN not in str(caught.value)


def test_tokens_come_from_anywhere(tmp_path: Path) -> None:
    """File, environment, hash and text name their callers; nobody else may post."""
    (tmp_path / "token").write_text("in-a-file-1\n")
    text = f"""
tokens:
- {{token: in-the-text, source_key: text, source: gw}}
- {{token_file: token, source_key: file}}
- {{token_env: HERE, source_key: env, receivers: [litellm]}}
- {{token_sha256: {hashlib.sha256(b"as-a-hash-1").hexdigest()}, source_key: hash}}
"""
    tokens = load(tmp_path, text, HERE="in-the-environment").tokens
    for token, key in {"in-the-text": "text", "in-a-file-1": "file", "as-a-hash-1": "hash"}.items():
        caller = tokens.caller(f"Bearer {token}", "events")
        assert caller is not None
        assert caller.source_key == key
    assert tokens.caller("Bearer in-the-environment", "events") is None
    assert tokens.caller("bearer in-the-environment", "litellm") is not None
    for header in (None, "", "Bearer", "Bearer wrong", "Basic in-the-text", "in-the-text"):
        assert tokens.caller(header, "events") is None


def test_without_tokens_everybody_may_post() -> None:
    """The demo on the loopback address needs none."""
    assert Tokens().caller(None, "events") is ANYBODY


def test_tokens_that_are_not_required_name_callers_all_the_same(tmp_path: Path) -> None:
    """Who sends none may post, who sends a wrong one may not."""
    text = "tokens_required: false\ntokens: [{token: in-the-text, source_key: text}]\n"
    tokens = load(tmp_path, text).tokens
    assert tokens.caller(None, "events") is ANYBODY
    caller = tokens.caller("Bearer in-the-text", "events")
    assert caller is not None
    assert caller.source_key == "text"
    for header in ("", "Bearer", "Bearer wrong"):
        assert tokens.caller(header, "events") is None


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600; a second start finds the same pseudonyms."""
    path = tmp_path / "inner" / "key"
    first = open_pseudonyms(path).of("ann")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_pseudonyms(path).of("ann") == first
    assert [file.name for file in path.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """With the mend."""
    path = tmp_path / "key"
    open_pseudonyms(path)
    path.chmod(mode)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        open_pseudonyms(path)


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "ab" * 31, "ab" * 33])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    """A cut or empty file would give everybody other pseudonyms."""
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable, match="64 hexadecimal digits"):
        open_pseudonyms(path)


def test_pseudonyms_are_keyed_and_rotate() -> None:
    """HMAC-SHA-256 cut to 64 bits (a golden); another key, another pseudonym; both travel in between."""
    assert Pseudonyms(KEY).of("ann") == 0x0D1F12B8196C52B0
    other = Pseudonyms(bytes(32), KEY)
    assert other.of("ann") != Pseudonyms(KEY).of("ann")
    assert other.previous_of("ann") == Pseudonyms(KEY).of("ann")
    assert Pseudonyms(KEY).previous_of("ann") is None
