"""The hash that says on what a judgement rests."""

import hashlib
from dataclasses import asdict
from enum import Enum

import orjson

from services.evaluator.evaluation import AnswerTask


def hash_of(task: AnswerTask, *, given_besides: object = None) -> str:
    """SHA-256 (hex) of everything a judge is given: the task, and what the judge adds to it."""
    given = {"task": asdict(task), "besides": given_besides}
    return hashlib.sha256(orjson.dumps(given, default=_plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a hash")
