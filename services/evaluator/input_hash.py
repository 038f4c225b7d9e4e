"""The hash that says on what a judgement rests."""

import hashlib

import orjson

from services.evaluator.evaluation import AnswerTask


def hash_of(task: AnswerTask, *, given_besides: object = None) -> str:
    """SHA-256 (hex) of everything a judge is given: the task, and what the judge adds to it."""
    given = {"task": task, "besides": given_besides}
    return hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()
