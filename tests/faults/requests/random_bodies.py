"""Random bytes for a method, made from the descriptor of its request: mostly messages, some that are none."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_TEXTS = (
    "",
    " ",
    "x",
    "q1",
    "q2",
    "Что такое индекс?",
    "🙂" * 50,
    "a\x00b",
    "\x1b[31m",
    "line\nline\ttab",
    '{"score": 10}',
    "../../etc/passwd",
    "interview_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "\u202e\ufeff\u2028",
    "x" * 128,
    "x" * 129,
    "ы" * 2_001,
    '"' * 40_000,
)
_NUMBERS = (0, 1, 2, 5, 7, 16, 20, 100, 101, -1, 2**31 - 1, -(2**31))
_LONG_NUMBERS = (*_NUMBERS, 2**63 - 1, -(2**63), 253_402_300_800)
_FRACTIONS = (0.0, 0.5, 1.0, 100.0, -1.0, 1e-300, 1e308, float("inf"), float("-inf"), float("nan"))
_PICTURES = (
    b"",
    b"x",
    b"\xff\xd8\xff\xe0\x00\x10JFIF",
    b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    b"RIFF\0\0\0\0WEBP",
)

_VALUES: dict[int, Sequence[object]] = {
    FieldDescriptor.CPPTYPE_BOOL: (False, True),
    FieldDescriptor.CPPTYPE_DOUBLE: _FRACTIONS,
    FieldDescriptor.CPPTYPE_INT64: _LONG_NUMBERS,
    FieldDescriptor.CPPTYPE_INT32: _NUMBERS,
}


@dataclass
class Bodies:
    """Bodies for one request, ever others. `names`: ids that mean something where the request is sent."""

    dice: random.Random
    valid: Sequence[Message]
    names: Sequence[str]

    def next(self) -> bytes:
        """A valid request with some fields changed; now and then any message, damaged bytes, or noise."""
        way = self.dice.random()
        if way < 0.05:
            return self.dice.randbytes(self.dice.randrange(200))
        message = type(self.valid[0])()
        if way < 0.25:
            self._fill(message, depth=0)
        else:
            message.CopyFrom(self.dice.choice(self.valid))
            for _ in range(self.dice.choice((0, 1, 1, 2, 3))):
                self._change(message)
        body = message.SerializeToString()
        return self._damaged(body) if way > 0.9 else body

    def _change(self, message: Message) -> None:
        """One field, here or in a message below."""
        fields: Sequence[Any] = message.DESCRIPTOR.fields
        if not fields:
            return
        field = self.dice.choice(fields)
        if field.message_type and self.dice.random() < 0.7:
            below = getattr(message, field.name)
            if not field.is_repeated:
                self._change(below)
            elif below:
                self._change(self.dice.choice(below))
            return
        message.ClearField(field.name)
        if self.dice.random() < 0.85:
            self._set(message, field, depth=0)

    def _fill(self, message: Message, depth: int) -> None:
        for field in message.DESCRIPTOR.fields:
            if self.dice.random() < 0.7:
                self._set(message, field, depth)

    def _set(self, message: Message, field: Any, depth: int) -> None:
        if field.is_repeated:
            for _ in range(self.dice.choice((0, 1, 1, 2, 3, 13, 21) if depth < 2 else (0, 1))):
                self._add(getattr(message, field.name), field, depth)
        elif field.message_type:
            below = getattr(message, field.name)
            below.SetInParent()
            self._fill(below, depth + 1)
        else:
            setattr(message, field.name, self._value(field))

    def _add(self, values: Any, field: Any, depth: int) -> None:
        if field.message_type:
            self._fill(values.add(), depth + 1)
        else:
            values.append(self._value(field))

    def _value(self, field: Any) -> object:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.dice.choice((*_PICTURES, self.dice.randbytes(self.dice.choice((10, 1000)))))
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            return self.dice.choice(self.names if self.dice.random() < 0.3 else (*_TEXTS, self._text()))
        if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
            known = [value.number for value in field.enum_type.values]
            return self.dice.choice((*known, *known, 99, -1))
        return self.dice.choice(_VALUES[field.cpp_type])

    def _text(self) -> str:
        letters = string.printable + "ёЖ€🙂\x7f"
        return "".join(self.dice.choices(letters, k=self.dice.randrange(1, 40)))

    def _damaged(self, body: bytes) -> bytes:
        damaged = bytearray(body or b"\0")
        for _ in range(self.dice.randrange(1, 4)):
            at = self.dice.randrange(len(damaged) + 1)
            match self.dice.randrange(3):
                case 0:
                    damaged[at:at] = self.dice.randbytes(2)
                case 1:
                    del damaged[at : at + self.dice.randrange(1, 20)]
                case _:
                    damaged[at : at + 1] = self.dice.randbytes(1)
        return bytes(damaged)
