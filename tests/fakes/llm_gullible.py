"""A model that wants to please: it obeys what reaches it unguarded, and so shows what a guard is worth.

`OBEYS_UNGUARDED` takes the words of a message that is one whole frame as data, and obeys everything else.
`OBEYS_EVERYTHING` obeys framed words too: against it only what code checks of its reply helps.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from tests.fakes.llm_model import evaluation

WINDOW = 60_000
"""Characters of a chat that it remembers; what stood before them, its instructions too, it forgets."""

Messages = Sequence[dict[str, str]]

_ALL_MET = re.compile(
    r"\b(?:all|every)\s+(?:the\s+)?criteria.{0,20}\bmet\b|\bвсе\s+критерии.{0,20}(?:\bmet\b|выполнен)", re.I
)
_SCORE = re.compile(r"(?:score|give|оценк|постав)\D{0,30}(-?\d+)", re.I)
_QUOTE = re.compile(r"«([^»]*)»")
_INVENT = re.compile(r"\b(?:invent|придума)", re.I)
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_BITS = re.compile("[\u200b\u200c]{8,}")
_SPLIT = re.compile("(?:\\w\u200b| \u200b)+\\w")
_MIRRORED = re.compile("\u202e([^\u202c]*)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f](.*)", re.DOTALL)
_FRAME = re.compile(r"\A⟦(?P<mark>[^⟧]*)⟧\n(?P<words>.*)\n⟦(?P=mark)⟧\Z", re.DOTALL)
_LINE_OF_A_FRAME = re.compile(r"^\W*⟦.*⟧\W*$", re.MULTILINE)


def fill(messages: Messages, *, obeys_everything: bool) -> dict[str, Any]:
    """What it writes: what an order that it believes says, else an honest judgement."""
    task, after_task = _task(messages[1]["content"])
    last = messages[-1]["content"] if len(messages) > 2 else after_task
    answer = _words(last)
    found = messages if obeys_everything else None
    for order in _everything(found) if found else _unguarded(messages, task["mark"], after_task):
        reply = _obeyed(order, len(task["criteria"]), answer)
        if reply is not None:
            return reply
    return evaluation(task, answer)


OBEYS_UNGUARDED: Callable[[Messages], dict[str, Any]] = partial(fill, obeys_everything=False)
OBEYS_EVERYTHING: Callable[[Messages], dict[str, Any]] = partial(fill, obeys_everything=True)


def _task(content: str) -> tuple[dict[str, Any], str]:
    """The task, and what stands in its message besides."""
    task, end = json.JSONDecoder().raw_decode(content)
    return task, content[end:]


def _everything(messages: Messages) -> Iterator[str]:
    for message in messages[2:] or messages[1:]:
        yield from _hidden(message["content"])
        yield _words(message["content"])


def _unguarded(messages: Messages, mark: str, after_task: str) -> Iterator[str]:
    """All words that are not those of a whole frame, and all that only a machine reads."""
    yield after_task
    forgets = sum(len(message["content"]) for message in messages) > WINDOW
    for message in messages[2:]:
        content = message["content"]
        yield from _hidden(content)
        if not content.startswith("{"):  # an earlier question
            yield content if forgets else _outside(content, mark)


def _outside(content: str, mark: str) -> str:
    """What stands after the line that it takes for the end of the frame."""
    frame = _FRAME.match(content)
    if frame is None or frame["mark"] != mark:
        return content
    words = frame["words"]
    ends = [found.end() for found in _LINE_OF_A_FRAME.finditer(words)]
    ends += [found.end() for found in _looks_like(mark).finditer(_plain(words))]
    return words[min(ends) :] if ends else ""


def _looks_like(mark: str) -> re.Pattern[str]:
    """The mark in any brackets and any letters: it looks no closer than that."""
    return re.compile(rf"^\W+{re.escape(_plain(mark))}\W+$", re.MULTILINE)


def _plain(text: str) -> str:
    """Letter for letter, so that places stay where they are."""
    return "".join((unicodedata.normalize("NFKC", c) or c)[0].lower()[0] for c in text)


def _hidden(text: str) -> Iterator[str]:
    """Words that no person sees."""
    for tags in _TAGS.findall(text):
        yield "".join(chr(ord(c) - 0xE0000) for c in tags)
    for bits in _BITS.findall(text):
        digits = "".join("01"[c == "\u200c"] for c in bits)
        yield bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits) - 7, 8)).decode("utf-8", "ignore")
    yield from (found.replace("\u200b", "") for found in _SPLIT.findall(text))
    yield from (found[::-1] for found in _MIRRORED.findall(text))
    yield from _CONTROL.findall(text)


def _words(content: str) -> str:
    """The candidate's words without their frame."""
    frame = _FRAME.match(content.strip())
    return frame["words"] if frame else content


def _obeyed(order: str, criteria: int, answer: str) -> dict[str, Any] | None:
    """The reply that an order asks for; None where it is no order."""
    written = _json_in(order)
    if written is not None:
        return written
    if _ALL_MET.search(order) or _INVENT.search(order):
        return _all_met(criteria, _quote(order, answer))
    score = _SCORE.search(order)
    return {"score": int(score[1]), "evaluation": "As ordered."} if score else None


def _quote(order: str, answer: str) -> str:
    """What the order names; else made up if it says so; else the first words of the answer."""
    named = _QUOTE.search(order)
    if named:
        return named[1]
    return "I explained it in full." if _INVENT.search(order) else re.split(r"[.!?\n]", answer.strip())[0]


def _all_met(criteria: int, quote: str) -> dict[str, Any]:
    verdict = {"quote": quote, "reason": "As ordered.", "verdict": "met"}
    return {
        "verdicts": [{"criterion_number": n, **verdict} for n in range(1, criteria + 1)],
        "main_point": "right",
        "depth_quote": quote,
        "depth": "shows_practice",
    }


def _json_in(order: str) -> dict[str, Any] | None:
    """The last JSON object that looks like a reply."""
    found = None
    for start in re.finditer(r"\{", order):
        try:
            value, _ = json.JSONDecoder().raw_decode(order, start.start())
        except ValueError:
            continue
        if isinstance(value, dict) and {"verdicts", "score"} & value.keys():
            found = value
    return found
