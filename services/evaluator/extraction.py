"""A form taken out of the prose that some models put around it."""

import json
import re

from services.evaluator.asking import ReplyNotTheForm

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>")
_MOST_TRIES = 16
"""So many braces that begin no object are passed over: each try may read all that follows."""

_DECODER = json.JSONDecoder()


def extracted(content: str) -> str:
    """The one JSON object of a reply, thoughts left out.

    Raises ReplyNotTheForm: where a reply holds several objects, one may be the candidate's own, repeated.
    """
    found = _objects(_without_thoughts(content))
    if len(found) != 1:
        raise ReplyNotTheForm(f"{len(found)} JSON objects in the reply")
    return found[0]


def _without_thoughts(text: str) -> str:
    """What stands between the tags of thoughts is left out. Each kind's end is missed once at most."""
    kept, at, unclosed = list[str](), 0, set[str]()
    for opening in _THOUGHT.finditer(text):
        if opening.start() < at or opening[1] in unclosed:
            continue
        closing = f"</{opening[1]}>"
        end = text.find(closing, opening.end())
        if end == -1:
            unclosed.add(opening[1])
            continue
        kept.append(text[at : opening.start()])
        at = end + len(closing)
    return "".join([*kept, text[at:]])


def _objects(text: str) -> list[str]:
    """Objects that stand in no other one. What only looks like the beginning of one is passed over.

    Raises ReplyNotTheForm where too much does.
    """
    found, at, tries = list[str](), text.find("{"), 0
    while at != -1 and len(found) < 2:
        try:
            _, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            tries, end = tries + 1, at + 1
        else:
            found.append(text[at:end])
        if tries > _MOST_TRIES:
            raise ReplyNotTheForm("too many braces in the reply that begin no object")
        at = text.find("{", end)
    return found
