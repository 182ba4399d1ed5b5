"""Configuration files: what is read, and that each error names file, line, field and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.contract.configuration import DEFAULT_BOUNDS, encode_configuration
from stream.control.configuration_file import load_configuration
from stream.control.defaults import default_configuration
from stream.control.errors import ConfigurationInvalid
from stream.pricing import decode_book

ROOT = Path(__file__).resolve().parents[3]


def written(directory: Path, text: str) -> Path:
    path = directory / "config.yaml"
    path.write_text(text)
    return path


def test_the_examples_are_valid() -> None:
    """What deploy/ tells people to copy can be applied as it is."""
    found = load_configuration(ROOT / "deploy" / "config.example.yaml")
    book = decode_book(found.price_book)
    assert found.zone == "Europe/Paris" and found.bounds["use_case"] == 200
    assert found.declared["department"] == ["Engineering", "Finance", "Marketing", "Support"]
    assert [override.provider for override in book.overrides] == ["azure", "anthropic", "in-house"]
    assert book.deployments == {"azure/chat-prod": "gpt-4o"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "version: 1\n"])
def test_an_empty_file_is_the_default(tmp_path: Path, text: str) -> None:
    """A file that says nothing is the configuration that a log begins with: the same digest."""
    found = load_configuration(written(tmp_path, text))
    assert encode_configuration(found)[0] == encode_configuration(default_configuration())[0]


def test_the_order_of_a_file_does_not_matter(tmp_path: Path) -> None:
    """Names in another order are the same configuration, so that nothing is applied for it."""
    one = load_configuration(written(tmp_path, "declared: {use_case: [b, a], department: [x]}\n"))
    two = load_configuration(written(tmp_path, "declared: {department: [x], use_case: [a, b]}\n"))
    assert encode_configuration(one)[0] == encode_configuration(two)[0]
    assert load_configuration(written(tmp_path, "bounds: {model: 7}\n")).bounds == {
        **DEFAULT_BOUNDS,
        "model": 7,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zone: Mars\n", ":1: zone: Mars is no zone; write an IANA name such as Europe/Paris"),
        (
            "version: 1\ncost_policy: cheapest\n",
            ":2: cost_policy: cheapest Input should be 'computed', 'reported'",
        ),
        ("version: 2\n", ":1: version: 2 Input should be 1"),
        ("bounds:\n  model: 5\n  colour: 3\n", ":3: bounds.colour: colour is no label; one of department,"),
        ("bounds:\n  model: 0\n", ":2: bounds.model: 0 Input should be greater than or equal to 1"),
        ("bounds:\n  model: many\n", ":2: bounds.model: many Input should be a valid integer"),
        ("bounds: 5\n", ":1: bounds: 5 Input should be a valid dictionary"),
        ("declared:\n  department: [a, a]\n", ":1: declared: department: 'a' stands twice"),
        ("zones: UTC\n", ":1: zones: is no field of this file; one of version, zone,"),
        ("window_days: 20\n", ":1: window_days: a log keeps the window it was made with"),
        ("version: 1\noverrides: []\n", ":2: overrides: belongs into an override file"),
        ("- zone\n", ":1: a mapping is expected"),
        ("zone: [\n", ":2: not YAML: "),
        ("zone: UTC\nzone: UTC\n", ": not YAML: "),
        ("prices: 5\n", ":1: prices: name an override file, or write a mapping"),
        ("prices: none.yaml\n", "none.yaml: No such file or directory; name a readable file"),
        (
            "version: 1\nprices:\n  overrides:\n"
            "    - {provider: x, from: 2026-01-01, factor: 99, who: a, why: b}\n",
            ":4: overrides[1].factor: 99 Input should be less than or equal to 10",
        ),
    ],
)
def test_an_error_names_its_place(tmp_path: Path, text: str, said: str) -> None:
    """One line per problem, with what to write instead."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationInvalid) as caught:
        load_configuration(path)
    assert len(caught.value.problems) == 1
    assert str(tmp_path) in caught.value.problems[0]
    assert said in caught.value.problems[0]


def test_a_secret_is_no_label(tmp_path: Path) -> None:
    """A key pasted as a name is refused, and not shown whole."""
    key = "sk-" + "abcdefghijklmnop" * 3
    with pytest.raises(ConfigurationInvalid) as caught:
        load_configuration(written(tmp_path, f"declared: {{department: [{key}]}}\n"))
    assert "cannot be a label" in str(caught.value) and key not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a directory, not UTF-8, far too large: each is one line."""
    broken = tmp_path / "broken.yaml"
    broken.write_bytes(b"zone: \xff\n")
    large = tmp_path / "large.yaml"
    large.write_text("#" * 4_000_001)
    for path, said in (
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "Is a directory"),
        (broken, "is not UTF-8"),
        (large, "larger than 4000000 bytes"),
    ):
        with pytest.raises(ConfigurationInvalid, match=said):
            load_configuration(path)
