"""Writes the files of ``tokonomics init``, whole or not at all, and reads back what will be read."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from stream.control.configuration_file import load_configuration
from stream.control.starting.answers import AnswerInvalid, Answers
from stream.control.starting.files import CONFIG, ENVIRONMENT, NEXT, PROGRAM, TOKENS, starting_files
from stream.readings.program_file import load_program

_OWNER_ONLY: Final = 0o600


def require_room(folder: Path) -> None:
    """Raises AnswerInvalid when the folder holds something, or cannot be one."""
    try:
        held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise AnswerInvalid(f"FOLDER: {folder}: {error.strerror}; name another") from None
    if held:
        raise AnswerInvalid(
            f"FOLDER: {folder} holds {', '.join(held[:3])}{' …' if len(held) > 3 else ''}; nothing is"
            " overwritten: name another, or move it away"
        )


def write(folder: Path, answers: Answers, today: date) -> list[Path]:
    """Write everything into a folder beside it, check it, and move it into its place; paths as written."""
    files = starting_files(answers, today)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tokonomics-init-") as draft:
            made = Path(draft) / "made"
            for name, content in files.items():
                told = content.replace("FOLDER", _quoted(os.fspath(folder), name))
                _write(made / name, told, secret=name.startswith(TOKENS))
            load_configuration(made / CONFIG)
            load_program(made / PROGRAM)
            if folder.exists():
                folder.rmdir()  # empty, as require_room saw
            made.rename(folder)
    except OSError as error:
        raise AnswerInvalid(f"FOLDER: {folder}: {error.strerror}; name one that can be written") from None
    return [folder / name for name in sorted(files, key=lambda name: (name not in (NEXT, ENVIRONMENT), name))]


def _quoted(folder: str, name: str) -> str:
    """A path as the file's language writes it: within quotes in YAML, as a word of a shell elsewhere."""
    return json.dumps(folder, ensure_ascii=False)[1:-1] if name.endswith(".yaml") else shlex.quote(folder)


def _write(path: Path, content: str, *, secret: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = _OWNER_ONLY if secret else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(content)
