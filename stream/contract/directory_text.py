"""A directory as text, CSV or YAML, to target populations. Pure: the caller opens the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stream.contract.directory import FIELDS, Directory, DirectoryInvalid, read_memberships

_YAML: Final = (".yaml", ".yml")
_SHOWN: Final = ",".join(FIELDS)


def parse_directory(text: str, file: str) -> Directory:
    """``file``: its name, which says the format (.yaml, .yml, else CSV) and stands in messages.

    Raises DirectoryInvalid.
    """
    rows = _yaml_items(text, file) if file.lower().endswith(_YAML) else _csv_rows(text, file)
    return read_memberships(rows, file)


def _csv_rows(text: str, file: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Rows under a header, with their lines. Empty lines, and those that begin with #, are passed over."""
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True)
    header: list[str] = []
    try:
        for row in reader:
            if not row or not any(row) or row[0].lstrip().startswith("#"):
                continue
            if not header:
                header = _header(row, file, reader.line_num)
                continue
            if len(row) != len(header):
                said = f"{len(row)} values, {len(header)} in the header; mend the row"
                raise DirectoryInvalid([f"{file}:{reader.line_num}: {said}"])
            yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error:
        raise DirectoryInvalid([f"{file}:{reader.line_num}: is no CSV; mend the quotes"]) from None


def _header(row: list[str], file: str, line: int) -> list[str]:
    names = [name.strip() for name in row]
    if len(set(names)) != len(names) or not {"person", "department"} <= set(names) <= set(FIELDS):
        raise DirectoryInvalid([f"{file}:{line}: give a header: {_SHOWN} (the last three may be absent)"])
    return names


def _yaml_items(text: str, file: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """A list of mappings, with their lines."""
    try:
        document: Any = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:  # its words repeat values
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DirectoryInvalid([f"{file}:{line}: is no YAML; mend the line"]) from None
    except (YAMLError, ValueError):
        raise DirectoryInvalid([f"{file}: is no YAML; mend the file"]) from None
    if document is None:
        return
    if not isinstance(document, CommentedSeq):
        raise DirectoryInvalid([f"{file}:1: give a list of memberships with {_SHOWN}"])
    for at, item in enumerate(document):
        line = document.lc.item(at)[0] + 1
        if not isinstance(item, CommentedMap):
            raise DirectoryInvalid([f"{file}:{line}: give a membership with {_SHOWN}"])
        yield line, dict(item)
