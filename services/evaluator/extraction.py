"""A form taken out of the prose that some models put around it."""

import json
import re

from services.evaluator.asking import ReplyNotTheForm

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL)
_DECODER = json.JSONDecoder()


def extracted(content: str) -> str:
    """The one JSON object of a reply, thoughts left out.

    Raises ReplyNotTheForm: where a reply holds several objects, one may be the candidate's own, repeated.
    """
    found = _objects(_THOUGHT.sub("", content))
    if len(found) != 1:
        raise ReplyNotTheForm(f"{len(found)} JSON objects in the reply")
    return found[0]


def _objects(text: str) -> list[str]:
    """Objects that stand in no other one. What only looks like the beginning of one is passed over."""
    found, at = list[str](), text.find("{")
    while at != -1 and len(found) < 2:
        try:
            _, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found.append(text[at:end])
        at = text.find("{", end)
    return found
