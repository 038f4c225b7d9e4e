"""Reading YAML so that every fault names its key in one line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import yaml

from speakalka.failures import BadInput

Value = TypeVar("Value")

_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file and the path of keys that leads to it. Every method raises BadInput."""

    path: str
    value: object

    def mapping(self, required: Collection[str] = (), optional: Collection[str] = ()) -> "dict[str, Node]":
        """The keys that are there. A key without a value counts as left out."""
        if not isinstance(self.value, dict):
            raise self.fault(f"must be keys and values, is {_kind(self.value)}")
        for key in self.value:
            if key not in required and key not in optional:
                raise self._under(key).fault(f"unknown key; known are {', '.join((*required, *optional))}")
        found = {key: self._under(key) for key, value in self.value.items() if value is not None}
        for key in required:
            if key not in found:
                raise self._under(key).fault("is missing")
        return found

    def free_mapping(self) -> "dict[str, Node]":
        """Keys of the file's own choosing."""
        if not isinstance(self.value, dict):
            raise self.fault(f"must be keys and values, is {_kind(self.value)}")
        return {str(key): self._under(key) for key in self.value}

    def items(self) -> "list[Node]":
        """The entries of a list."""
        if not isinstance(self.value, list):
            raise self.fault(f"must be a list, is {_kind(self.value)}")
        return [Node(f"{self.path}[{index}]", value) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """A text without the white space around it."""
        if not isinstance(self.value, str):
            raise self.fault(f"must be a text, is {_kind(self.value)}; put it in quotes")
        if any("\ud800" <= character <= "\udfff" for character in self.value):
            raise self.fault("holds half of a surrogate pair")
        return self.value.strip()

    def integer(self) -> int:
        """A whole number of at most 32 bits."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.fault(f"must be a whole number, is {_kind(self.value)}")
        if not -_INT32 <= self.value <= _INT32:
            raise self.fault("is out of range")
        return self.value

    def number(self) -> float:
        """A number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.fault(f"must be a number, is {_kind(self.value)}")
        return float(self.value)

    def instant(self) -> datetime:
        """A date and time with its zone."""
        if not isinstance(self.value, datetime) or self.value.tzinfo is None:
            raise self.fault("must be a date and time with a zone, such as 2026-11-22T10:00:00Z")
        return self.value

    def one_of(self, values: Mapping[str, Value]) -> Value:
        """What the word here stands for."""
        word = self.text().lower()
        if word not in values:
            raise self.fault(f"must be one of {', '.join(values)}, is {word!r}")
        return values[word]

    def fault(self, why: str) -> BadInput:
        """An error about this value, to be raised."""
        return BadInput(self.path or "the file", why)

    def _under(self, key: object) -> "Node":
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(f"{self.path}.{key}" if self.path else str(key), value)


def read_yaml(file: Path) -> Node:
    """The file's one document. Raises BadInput, naming file, line and column."""
    try:
        return Node("", yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader))
    except OSError as error:
        raise BadInput(str(file), error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise BadInput(str(file), "is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise BadInput(place, f"is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise BadInput(str(file), f"is not YAML: {' '.join(str(error).split())}") from None


class _Loader(yaml.SafeLoader):
    """YAML as usual, but a key that stands twice is a fault: the first value would vanish without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                mark = node.value[index][0].start_mark
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=mark)
        return super().construct_mapping(node, deep)


def _kind(value: object) -> str:
    kinds = {dict: "keys and values", list: "a list", str: "a text", type(None): "empty"}
    return kinds.get(type(value), f"{value!r}")
