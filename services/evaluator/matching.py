"""Where an answer says what a phrase says: its words by stem, in its sense, within a few sentences."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.evaluator.clauses import negated_starts, sentences_of
from services.evaluator.listing import asks_for_list, units_of
from services.evaluator.phrase import Phrase, Term
from services.evaluator.sides import NEITHER, Sides, said_of
from services.evaluator.words import Vocabulary, Word, words_of

COPIED_RUN = 6
"""From this many words in a row, taken from the question, they are a copy and do not count."""

UNDENIED = 0.5
"""What a word counts that is said plainly where the phrase denies it: the denial may be in other words."""

RELATED = 0.7
"""What a word counts that only means much the same as the one that is looked for."""

LEAST_OF_ITEM = 0.75
"""An item of a mere list shows a phrase from this share on: some of its words are no statement."""

NEAR = 3
"""Words of a statement that follow each other stand at most so many content words apart where it is said."""

ALONE = 0.4
"""What a word counts whose neighbours of the phrase are said too, but elsewhere: words, no statement."""

SHORTEST_LOOK = 40
"""So many words of an answer are looked at, however short the phrase is."""

_WINDOW_UNITS = 2


@dataclass(frozen=True, slots=True)
class Match:
    """How much of a phrase the best place of an answer shows (`share`, 0 to 1; `weight`), and where it is.

    `denied` and `misplaced` are words that the answer has only with a negation, or of the other thing.
    """

    share: float = 0.0
    weight: float = 0.0
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
    quote: str = ""


@dataclass(slots=True)
class _Hits:
    """Where a term was found, by unit: what it counts there, and the words."""

    credits: dict[int, float] = field(default_factory=dict)
    words: dict[int, list[Word]] = field(default_factory=lambda: defaultdict(list))
    denied: bool = False
    misplaced: bool = False

    def add(self, unit: int, word: Word, credit: float) -> None:
        """One more place."""
        self.credits[unit] = max(credit, self.credits.get(unit, 0.0))
        self.words[unit].append(word)


class Answer:
    """An answer, made ready to be searched for phrases."""

    def __init__(self, text: str, question: str, sides: Sides) -> None:
        """`text` is `visible` already."""
        self._text = text
        words = words_of(text)
        sentences = sentences_of(text, words)
        self._negated = negated_starts(text, sentences)
        self._side = said_of(text, sentences, sides)
        copied = _copied(words, [word.stem for word in words_of(question)])
        self.has_copied_question = bool(copied)
        own = [[word for word in sentence if word.start not in copied] for sentence in sentences]
        units = [(unit, False) for unit in own] if asks_for_list(question) else list(units_of(text, own))
        self._units = [unit for unit, _ in units]
        self._listed = [listed for _, listed in units]
        self._ordinal = _ordinals(self._units)
        self._places: dict[str, list[tuple[int, Word]]] = defaultdict(list)
        for number, unit in enumerate(self._units):
            for word in unit:
                self._places[word.stem].append((number, word))
        self._vocabulary = Vocabulary(self._places)

    @property
    def is_list(self) -> bool:
        """Whether the answer lists words rather than says something with them."""
        return any(self._listed)

    def find(self, phrase: Phrase) -> Match:
        """The place that shows most of `phrase`; among equals the shortest, then the first."""
        hits = [self._hits(term) for term in phrase.terms]
        worth = self._worth(phrase, hits)
        best, place = 0.0, range(0)
        for window in self._windows(worth.keys()):
            got = _sum_of_best([worth[unit] for unit in window if unit in worth])
            if got > best and not (self._listed[window.start] and got < LEAST_OF_ITEM * phrase.weight):
                best, place = got, window
        return self._match(phrase, hits, best, place)

    def shows(self, phrase: Phrase, *, listed: float) -> tuple[float, list[Word]]:
        """How much of `phrase` the answer says, and all words of the sentences that say it.

        The share is 0 to 1; what stands in a mere list counts `listed`. Of a long answer only the best
        sentences count, twice as long as the phrase: length earns nothing.
        """
        worth = self._worth(phrase, [self._hits(term) for term in phrase.terms])
        for unit, values in worth.items():
            if self._listed[unit]:
                worth[unit] = {index: listed * value for index, value in values.items()}
        units = self._best(worth, max(SHORTEST_LOOK, 2 * len(phrase.terms)))
        got = _sum_of_best([worth[unit] for unit in units])
        return got / phrase.weight if phrase.weight else 0.0, [
            word for unit in units for word in self._units[unit]
        ]

    def _best(self, worth: Mapping[int, Mapping[int, float]], most_words: int) -> list[int]:
        """The units that say most for their length, until they have `most_words` together."""
        kept: list[int] = []
        for unit in sorted(
            worth, key=lambda unit: (-sum(worth[unit].values()) / (len(self._units[unit]) + 5), unit)
        ):
            if sum(len(self._units[one]) for one in kept) < most_words:
                kept.append(unit)
        return sorted(kept)

    def _worth(self, phrase: Phrase, hits: Sequence[_Hits]) -> dict[int, dict[int, float]]:
        """What each term counts, by unit and by its place in the phrase."""
        worth: dict[int, dict[int, float]] = defaultdict(dict)
        for index, term in enumerate(phrase.terms):
            around = [hits[other] for other in (index - 1, index + 1) if 0 <= other < len(hits)]
            neighbours = [one for one in around if one.credits]
            for unit, credit in hits[index].credits.items():
                near = not neighbours or any(self._are_near(hits[index], other, unit) for other in neighbours)
                worth[unit][index] = term.weight * credit * (1.0 if near else ALONE)
        return worth

    def _are_near(self, one: _Hits, other: _Hits, unit: int) -> bool:
        """Whether the words of two terms stand together somewhere in `unit`."""
        return any(
            abs(self._ordinal[word.start] - self._ordinal[neighbour.start]) <= NEAR
            for word in one.words[unit]
            for neighbour in other.words.get(unit, ())
        )

    def _hits(self, term: Term) -> _Hits:
        hits = _Hits()
        for stem, credit in self._said(term):
            for unit, word in self._places[stem]:
                side = self._side.get(word.start, NEITHER)
                denied = word.start in self._negated
                if NEITHER not in (side, term.side) and side != term.side:
                    hits.misplaced = True
                elif denied and not term.negated:
                    hits.denied = True
                else:
                    hits.add(unit, word, credit if denied == term.negated else credit * UNDENIED)
        return hits

    def _said(self, term: Term) -> list[tuple[str, float]]:
        """The stems of the answer that stand for a term, and what each counts."""
        own = frozenset().union(*map(self._vocabulary.spellings, term.stems))
        others = term.related.intersection(self._places) - own
        return [(stem, 1.0) for stem in sorted(own)] + [(stem, RELATED) for stem in sorted(others)]

    def _windows(self, units: Collection[int]) -> Iterator[range]:
        """Each sentence, and two neighbouring ones, that hold one of `units`, short runs first.

        An item of a list is a run by itself.
        """
        for size in range(1, _WINDOW_UNITS + 1):
            for first in sorted({unit - back for unit in units for back in range(size)}):
                window = range(first, first + size)
                inside = first >= 0 and window.stop <= len(self._units)
                if inside and (size == 1 or not any(self._listed[first : window.stop])):
                    yield window

    def _match(self, phrase: Phrase, hits: Sequence[_Hits], got: float, window: range) -> Match:
        words = [word for one in hits for unit in window for word in one.words.get(unit, ())]
        found = [any(unit in one.credits for unit in window) for one in hits]
        both = list(zip(phrase.terms, hits, found, strict=True))
        return Match(
            share=got / phrase.weight if phrase.weight else 0.0,
            weight=got,
            found=tuple(self._told(term, one, window) for term, one, is_found in both if is_found),
            missing=tuple(term.written for term, _, is_found in both if not is_found),
            denied=tuple(term.written for term, one, is_found in both if one.denied and not is_found),
            misplaced=tuple(term.written for term, one, is_found in both if one.misplaced and not is_found),
            quote=self._text[min(w.start for w in words) : max(w.end for w in words)] if words else "",
        )

    def _told(self, term: Term, hits: _Hits, window: range) -> str:
        """A term as it was written, and the answer's word where that one only means much the same."""
        words = [word for unit in window for word in hits.words.get(unit, ())]
        if all(word.stem in term.related for word in words):
            return f"{term.written} ({self._text[words[0].start : words[0].end]})"
        return term.written


def _sum_of_best(worths: list[dict[int, float]]) -> float:
    """The sum over the terms of the most that any unit gives for each."""
    best: dict[int, float] = {}
    for worth in worths:
        best |= {index: max(value, best.get(index, 0.0)) for index, value in worth.items()}
    return sum(best[index] for index in sorted(best))


def _ordinals(units: Sequence[Sequence[Word]]) -> dict[int, int]:
    """By where a word starts: how many content words stand before it."""
    ordinals: dict[int, int] = {}
    number = 0
    for word in (word for unit in units for word in unit):
        ordinals[word.start] = number
        number += word.is_content
    return ordinals


def _copied(words: list[Word], question: list[str]) -> set[int]:
    """Where the words stand that are part of a run taken from the question."""
    length = min(COPIED_RUN, len(question))
    runs = {tuple(question[i : i + length]) for i in range(len(question) - length + 1)}
    copied: set[int] = set()
    for i in range(len(words) - length + 1):
        if length and tuple(word.stem for word in words[i : i + length]) in runs:
            copied.update(word.start for word in words[i : i + length])
    return copied
