"""Reads the file of the target populations, once, and keeps no name of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from collectors._sdk.configuration import DirectoryPart
from collectors._sdk.errors import ConfigInvalid
from collectors._sdk.people import People
from collectors._sdk.pseudonyms import Pseudonyms
from stream.contract.directory import DirectoryInvalid
from stream.contract.directory_text import parse_directory

_MOST_BYTES: Final = 256 * 1024 * 1024


def open_people(part: DirectoryPart, relative_to: Path, pseudonyms: Pseudonyms) -> People | None:
    """None where no file is named. Raises ConfigInvalid."""
    if part.file is None:
        return None
    path = relative_to / part.file
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigInvalid(
                [f"directory.file: {path}: larger than {_MOST_BYTES} bytes; is it the right one?"]
            )
        directory = parse_directory(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigInvalid([f"directory.file: {path}: {error.strerror}; name a readable file"]) from None
    except UnicodeDecodeError:
        raise ConfigInvalid([f"directory.file: {path}: is not UTF-8; save it so"]) from None
    except DirectoryInvalid as error:
        raise ConfigInvalid(error.problems) from None
    return People(directory, pseudonyms, attribute_department=part.attribute_department)
