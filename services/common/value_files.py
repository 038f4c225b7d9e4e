"""Settings given as files: `NAME_FILE=/path` says what `NAME` would, as Docker and Kubernetes give secrets.

Nothing here says or keeps what a file holds but its one reader.
"""

import re
from collections.abc import Mapping

LARGEST_BYTES = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class BadValueFile(Exception):
    """A file that should hold a setting does not. The message names the variable and the path."""


def file_variable(variable: str) -> str:
    """The variable that names the file for `variable`."""
    return f"{variable}_FILE"


def value_from_file(
    variable: str, environment: Mapping[str, str], *, blank_counts: bool = False
) -> str | None:
    """What `NAME_FILE` of `variable` holds, without its line end; None if it is unset or empty.

    `blank_counts`: an empty `variable` is a value of its own, and so contradicts a file.
    Raises BadValueFile.
    """
    naming = file_variable(variable)
    path = environment.get(naming)
    if not path:
        return None
    beside = environment.get(variable)
    if beside or (beside is not None and blank_counts):
        raise BadValueFile(f"{variable} and {naming} are both set: keep one of them")
    return _one_line(naming, path)


def value_of(variable: str, environment: Mapping[str, str]) -> str:
    """What is given for `variable`, as such or in a file; "" if nothing is. Raises BadValueFile."""
    return value_from_file(variable, environment) or environment.get(variable, "")


def _one_line(naming: str, path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadValueFile(f"{naming}: cannot read {path}: {error.strerror}") from None
    if len(content) > LARGEST_BYTES:
        raise BadValueFile(f"{naming}: {path} has more than {LARGEST_BYTES:,} bytes")
    try:
        value = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadValueFile(f"{naming}: {path} is not UTF-8 text") from None
    if not value.strip():
        raise BadValueFile(f"{naming}: {path} is empty")
    if _CONTROL.search(value):
        raise BadValueFile(f"{naming}: {path} holds more than one line, or control characters")
    return value
