"""What is looked for in an answer: the telling words of a statement, each in the sense it is meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.evaluator.clauses import negated_starts, sentences_of
from services.evaluator.sides import NEITHER, Sides, said_of
from services.evaluator.thesaurus import related
from services.evaluator.word_lists import CRITERION_VERBS
from services.evaluator.words import Word, words_of

QUESTION_WORD_WEIGHT = 0.2
"""What a word that the question already holds counts: saying it again shows little."""

_SYNONYM = "/"


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is looked for: as it was written, its stem and those of synonyms that the author gave, the
    stems of words that mean much the same, and how it is meant.
    """

    written: str
    stems: tuple[str, ...]
    related: frozenset[str]
    weight: float
    negated: bool
    side: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """The terms of a text, each once."""

    terms: tuple[Term, ...]

    @property
    def weight(self) -> float:
        """What all terms count together; 0 for a text without words."""
        return sum(term.weight for term in self.terms)


def phrase_of(text: str, question: str, sides: Sides) -> Phrase:
    """What is to be looked for. Words joined by "/" are synonyms: one of them is enough."""
    words = words_of(text)
    sentences = sentences_of(text, words)
    negated = negated_starts(text, sentences)
    side = said_of(text, sentences, sides)
    asked = frozenset(word.stem for word in words_of(question))
    terms: dict[tuple[tuple[str, ...], bool, int], Term] = {}
    for same in _synonyms(text, _sought(words)):
        first, stems = same[0], tuple(dict.fromkeys(word.stem for word in same))
        term = Term(
            written=text[first.start : same[-1].end],
            stems=stems,
            related=frozenset().union(*map(related, stems)).difference(stems, asked),
            weight=QUESTION_WORD_WEIGHT if asked.issuperset(stems) else 1.0,
            negated=first.start in negated,
            side=side.get(first.start, NEITHER),
        )
        terms.setdefault((stems, term.negated, term.side), term)
    return Phrase(tuple(terms.values()))


def _sought(words: list[Word]) -> list[Word]:
    """Content words, without the verbs that criteria begin with; all words where there are no such ones."""
    told = [word.lower in CRITERION_VERBS or not word.is_content for word in words]
    opening = told.index(False) if False in told else 0
    return [word for word in words[opening:] if word.is_content] or words


def _synonyms(text: str, words: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and text[groups[-1][-1].end : word.start].strip() == _SYNONYM:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups
