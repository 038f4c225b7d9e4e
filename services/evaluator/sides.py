"""Which of the two things that a question sets against each other a word is said of."""

from collections.abc import Iterable, Mapping

from services.evaluator.clauses import Clause, Sentence, clauses_of, sentences_of
from services.evaluator.word_lists import COMPARISONS
from services.evaluator.words import Word, words_of

NEITHER = 0

Sides = Mapping[str, int]
"""1 or 2 by the stem that names the one thing or the other; empty where the question compares nothing."""

_CONNECTORS = frozenset(
    ("и", "от", "с", "над", "против", "или", "чем", "and", "or", "from", "than", "vs", "versus", "with", "to")
)
_NOT_SPOKEN_OF_AFTER = frozenset(("чем", "отличие", "сравнении", "сравнению", "than", "unlike", "like", "to"))
_BEFORE_SUBJECT = frozenset(("a", "an", "the", "и", "а", "но", "and", "but", "while", "whereas"))
_NAME_WORDS = 3


def sides_of(question: str, statements: Iterable[str]) -> Sides:
    """The two sides of a comparing question, by the words with which `statements` tell them apart."""
    words = words_of(question)
    if not any(word.lower in COMPARISONS for word in words):
        return {}
    clauses = [frozenset(word.stem for word in clause) for text in statements for clause in _clauses(text)]
    for index, word in enumerate(words):
        if word.lower in _CONNECTORS:
            left, right = _names(reversed(words[:index])), _names(words[index + 1 :])
            one, other = (
                _telling(left - right, right - left, clauses),
                _telling(right - left, left - right, clauses),
            )
            if one and other:
                return dict.fromkeys(one, 1) | dict.fromkeys(other, 2)
    return {}


def said_of(text: str, sentences: list[Sentence], sides: Sides) -> dict[int, int]:
    """The side of each word by where it starts: that which its clause names, else the one named before.

    A clause that names both is about the one it begins with, else about neither.
    """
    found: dict[int, int] = {}
    if not sides:
        return found
    current = NEITHER
    for clause in (clause for sentence in sentences for clause in clauses_of(text, sentence)):
        named = {sides[word.stem] for index, word in enumerate(clause) if _is_named(clause, index, sides)}
        if named:
            current = next(iter(named)) if len(named) == 1 else _subject(clause, sides)
        found.update((word.start, current) for word in clause)
    return found


def _clauses(text: str) -> list[Clause]:
    return [
        clause for sentence in sentences_of(text, words_of(text)) for clause in clauses_of(text, sentence)
    ]


def _names(words: Iterable[Word]) -> frozenset[str]:
    """The nearest content words, with which a side may be named."""
    content = [word.stem for word in words if word.is_content and word.lower not in COMPARISONS]
    return frozenset(content[:_NAME_WORDS])


def _telling(own: frozenset[str], others: frozenset[str], clauses: list[frozenset[str]]) -> frozenset[str]:
    """Those of `own` that tell it best from the other side: said without the other, seldom with it alone."""
    apart = {stem: sum(stem in clause and not others & clause for clause in clauses) for stem in own}
    mixed = {
        stem: sum(
            stem in clause and bool(others & clause) and not (own - {stem}) & clause for clause in clauses
        )
        for stem in own
    }
    best = max((apart[stem] - mixed[stem] for stem in own if apart[stem]), default=0)
    return frozenset(stem for stem in own if apart[stem] and apart[stem] - mixed[stem] == best)


def _is_named(clause: Clause, index: int, sides: Sides) -> bool:
    before = [word.lower for word in clause[max(0, index - 2) : index]]
    return clause[index].stem in sides and not any(word in _NOT_SPOKEN_OF_AFTER for word in before)


def _subject(clause: Clause, sides: Sides) -> int:
    first = next((word for word in clause if word.lower not in _BEFORE_SUBJECT), clause[0])
    return sides.get(first.stem, NEITHER)
