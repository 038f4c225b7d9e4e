"""A reference answer taken apart into key points, for questions without criteria."""

import re

from services.evaluator.evaluation import LONGEST_CRITERION, MOST_CRITERIA, Criterion
from services.evaluator.quotes import shortened
from services.evaluator.words import words_of

_FEWEST_WORDS = 2
_BOUNDARY = re.compile(r"(?<=[.!?;…])\s+|\n+|(?<=\s)[-•●○*–]\s+|(?<=\s)\d{1,2}[.)]\s*(?=\D)")
_BULLET = re.compile(r"^\s*(?:[-•●○*–]\s+|\d{1,2}[.)]\s*(?=\D))")


def key_points(reference: str) -> tuple[Criterion, ...]:
    """The statements of `reference` as criteria of equal weight, at most 12; none without words."""
    parts = _joined_to(MOST_CRITERIA, _without_fragments(_BOUNDARY.split(reference)))
    return tuple(Criterion(shortened(part, LONGEST_CRITERION)) for part in parts)


def _without_fragments(parts: list[str]) -> list[str]:
    """Parts that say something; shorter ones join the part before them."""
    kept: list[str] = []
    for part in (_BULLET.sub("", part).strip() for part in parts):
        if not words_of(part):
            continue
        fragment = sum(word.is_content for word in words_of(part)) < _FEWEST_WORDS
        if kept and fragment:
            kept[-1] = f"{kept[-1]} {part}"
        else:
            kept.append(part)
    return kept


def _joined_to(most: int, parts: list[str]) -> list[str]:
    """At most `most` parts: neighbours are joined, the shortest pair first."""
    while len(parts) > most:
        at = min(range(len(parts) - 1), key=lambda i: len(parts[i]) + len(parts[i + 1]))
        parts = [*parts[:at], f"{parts[at]} {parts[at + 1]}", *parts[at + 2 :]]
    return parts
