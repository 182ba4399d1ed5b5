"""Reading ``program.yaml``: decimals kept exact, errors that name file, line, field and mend."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stream.contract.exact_yaml import line_of, load_exactly
from stream.readings.errors import ProgramInvalid
from stream.roi import Program

MAX_FILE_BYTES: Final = 4_000_000
_ENDS: Final = ("low", "central", "high")
_FIELDS: Final = ", ".join(Program.model_fields)


@dataclass(frozen=True)
class ProgramFile:
    """``lines``: field as the engine names it (``use_cases[1].name``) -> line, from 1."""

    name: str
    program: Program
    lines: dict[str, int]

    def place(self, origin: str) -> str:
        """``file:line`` of a field, or of the nearest around it; the origin itself when it is none."""
        field = origin
        while field and field not in self.lines:
            field = field.rpartition(".")[0]
        return f"{self.name}:{self.lines[field]} {origin}" if field else origin


def load_program(path: Path) -> ProgramFile:
    """The programme of a file. Raises ProgramInvalid."""
    document = _document(_text(path), str(path))
    try:
        program = Program.model_validate(document)
    except ValidationError as error:
        problems = [_problem(path, document, item) for item in error.errors()]
        raise ProgramInvalid(list(dict.fromkeys(problems))) from None  # a number is three ends of one range
    lines: dict[str, int] = {}
    _index(document, "", lines)
    return ProgramFile(str(path), program, lines)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ProgramInvalid([f"{path}: larger than {MAX_FILE_BYTES} bytes; is it the right file?"])
        return path.read_text(encoding="utf-8")
    except OSError as error:
        mend = "name a readable file; deploy/program.example.yaml shows one"
        raise ProgramInvalid([f"{path}: {error.strerror}; {mend}"]) from None
    except UnicodeDecodeError:
        raise ProgramInvalid([f"{path}: is not UTF-8; save it so"]) from None


def _document(text: str, name: str) -> CommentedMap:
    try:
        document = load_exactly(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = error.problem or error.context
        raise ProgramInvalid([f"{name}:{line}: not YAML: {said}; mend the line"]) from None
    except (YAMLError, ValueError) as error:
        raise ProgramInvalid([f"{name}: not YAML: {str(error).splitlines()[0]}"]) from None
    if not isinstance(document, CommentedMap):
        raise ProgramInvalid([f"{name}:1: a mapping is expected, with {_FIELDS}"])
    return document


def _index(node: Any, path: str, lines: dict[str, int]) -> None:
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            field = f"{path}.{key}".lstrip(".")
            lines[field] = node.lc.key(key)[0] + 1
            _index(value, field, lines)
    elif isinstance(node, CommentedSeq):
        for place, value in enumerate(node):
            field = f"{path}[{place + 1}]"
            lines[field] = node.lc.item(place)[0] + 1
            _index(value, field, lines)


def _problem(path: Path, document: CommentedMap, item: Any) -> str:
    """One error of pydantic as a line for people."""
    parts = [part for part in item["loc"] if part != "[key]"]
    line, whole = line_of(document, parts)
    if not whole and parts and parts[-1] in _ENDS and not isinstance(item["input"], CommentedMap):
        parts = parts[:-1]
    field = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    if item["type"] == "extra_forbidden":
        return f"{path}:{line}: {field}: is no field here; deploy/program.example.yaml shows all"
    value = item["input"]
    said = f" {value!s:.60}" if isinstance(value, str | int | Decimal) else ""
    return f"{path}:{line}: {field or 'file'}:{said} {str(item['msg']).removeprefix('Value error, ')}"
