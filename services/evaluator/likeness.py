"""How like a reference answer an answer is, seen in three ways: for questions without criteria.

The sum of the logarithms of several weak views ranks answers better than each of them and than learned models
(tried on the Short Answer Feedback data set, Filighera et al., ACL 2022).
"""

from collections.abc import Sequence
from fractions import Fraction
from math import log
from statistics import fmean

from services.evaluator.listing import asked_number
from services.evaluator.matching import Answer
from services.evaluator.phrase import phrase_of
from services.evaluator.sides import Sides
from services.evaluator.words import Word, words_of

NOTHING = -7.75
"""The sum of logarithms that counts as nothing in common."""

EVERYTHING = -2.0
"""The sum of logarithms that counts as everything said, in other words than the reference."""

SENTENCES_A_THING = 2
"""So many sentences a reference may take for each of the things a question asks for."""

_FLOOR = 0.05  # keeps one view without anything from outweighing the others
_LISTED = 0.1
_GRAMS = (3, 4, 5)


class Reference:
    """A reference answer, made ready to be compared with answers."""

    def __init__(self, question: str, text: str, statements: Sequence[str], sides: Sides) -> None:
        """`statements` are the sentences of `text`, at least one."""
        self._whole = phrase_of(text, question, sides)
        self._grams = _grams(words_of(text))
        self._parts = [(phrase_of(one, question, sides), _grams(words_of(one))) for one in statements]
        number = asked_number(question) or len(statements)
        self._wanted = SENTENCES_A_THING * number if SENTENCES_A_THING * number < len(statements) else None

    def coverage(self, answer: Answer, shares: Sequence[float]) -> Fraction:
        """How much of the reference the answer says, 0 to 1; `shares` tells it of each sentence.

        Where the question asks for fewer things than the reference has, the answer's best ones count.
        """
        words, around = answer.shows(self._whole, listed=_LISTED)
        wanted = self._grams
        if self._wanted:
            best = sorted(range(len(shares)), key=lambda index: -shares[index])[: self._wanted]
            words = self._words(answer, best)
            wanted = frozenset[str]().union(*(self._parts[index][1] for index in best))
            shares = [shares[index] for index in best]
        letters = len(wanted & _grams(around)) / len(wanted)
        total = sum(log(_FLOOR + view) for view in (words, letters, fmean(shares)))
        return Fraction(min(1.0, max(0.0, (total - NOTHING) / (EVERYTHING - NOTHING))))

    def _words(self, answer: Answer, parts: Sequence[int]) -> float:
        phrases = [self._parts[part][0] for part in parts]
        said = sum(answer.shows(phrase, listed=_LISTED)[0] * phrase.weight for phrase in phrases)
        return said / sum(phrase.weight for phrase in phrases)


def _grams(words: Sequence[Word]) -> frozenset[str]:
    """The runs of three to five letters."""
    line = f" {' '.join(word.lower for word in words)} "
    return frozenset(line[i : i + size] for size in _GRAMS for i in range(len(line) - size + 1))
