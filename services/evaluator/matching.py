"""Where an answer shows what a phrase says: words compared by stem, within a few neighbouring sentences."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.evaluator.word_lists import CRITERION_VERBS, NEGATIONS
from services.evaluator.words import Vocabulary, Word, words_of

QUESTION_WORD_WEIGHT = 0.1
"""What a word that the question already holds counts: saying it again shows little."""

COPIED_RUN = 4
"""From this many words in a row, taken from the question, they are a copy and do not count."""

_NO_NEGATION_BEFORE = frozenset(("только", "просто", "only", "just"))
_LONGEST_SENTENCE_WORDS = 30  # transcripts come without full stops
_WINDOW_SENTENCES = 3
_SENTENCE_END = re.compile(r"(?<=[.!?;…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """The content words of a text by stem: as they were written, and what each counts."""

    written: Mapping[str, str]
    weights: Mapping[str, float]
    has_negation: bool

    @property
    def weight(self) -> float:
        """What all words count together; 0 for a text without content words."""
        return sum(self.weights.values())


@dataclass(frozen=True, slots=True)
class Match:
    """How much of a phrase the best place of an answer shows (`share`, 0 to 1; `weight`), and where it is."""

    share: float
    weight: float = 0.0
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    quote: str = ""
    negated: bool = False


def phrase_of(text: str, question: str) -> Phrase:
    """What is to be looked for."""
    asked = {word.stem for word in words_of(question)}
    words = words_of(text)
    written = {word.stem: text[word.start : word.end] for word in _sought(words)}
    weights = {stem: QUESTION_WORD_WEIGHT if stem in asked else 1.0 for stem in written}
    return Phrase(written, weights, any(word.lower in NEGATIONS for word in words))


class Answer:
    """An answer, made ready to be searched for phrases."""

    def __init__(self, text: str, question: str) -> None:
        """`text` is `visible` already."""
        self.text = text
        words = words_of(text)
        copied = _copied(words, [word.stem for word in words_of(question)])
        self.has_copied_question = bool(copied)
        own = [
            [word for word in sentence if word.start not in copied] for sentence in _sentences(text, words)
        ]
        self._windows = [(window, frozenset(word.stem for word in window)) for window in _windows(own)]
        self._vocabulary = Vocabulary(word.stem for sentence in own for word in sentence)

    def find(self, phrase: Phrase) -> Match:
        """The place that shows most of `phrase`; among equals the shortest, then the first."""
        known = {stem: self._vocabulary.spellings(stem) for stem in phrase.weights}
        best: tuple[float, list[Word]] = (0.0, [])
        if phrase.weight:
            for window, stems in self._windows:
                got = sum(phrase.weights[stem] for stem, forms in known.items() if forms & stems)
                if got > best[0]:
                    best = (got, window)
        return self._match(phrase, known, *best)

    def _match(
        self, phrase: Phrase, known: Mapping[str, frozenset[str]], got: float, window: list[Word]
    ) -> Match:
        stems = {word.stem for word in window}
        found = [stem for stem, forms in known.items() if forms & stems]
        missing = [stem for stem in known if stem not in found]
        if not found:
            return Match(0.0, missing=_written(phrase, missing))
        forms = frozenset[str]().union(*(known[stem] for stem in found))
        hits = [index for index, word in enumerate(window) if word.stem in forms]
        return Match(
            share=got / phrase.weight,
            weight=got,
            found=_written(phrase, found),
            missing=_written(phrase, missing),
            quote=self.text[window[hits[0]].start : window[hits[-1]].end],
            negated=not phrase.has_negation and _negated(window, hits),
        )


def _sought(words: list[Word]) -> list[Word]:
    """Content words, without the verbs that criteria begin with; all words where there are no such ones."""
    told = [word.lower in CRITERION_VERBS or not word.is_content for word in words]
    opening = told.index(False) if False in told else 0
    return [word for word in words[opening:] if word.is_content] or words


def _written(phrase: Phrase, stems: Iterable[str]) -> tuple[str, ...]:
    return tuple(phrase.written[stem] for stem in stems)


def _negated(window: list[Word], hits: list[int]) -> bool:
    """Whether a negation stands right before, or one word before, a word that was found (not "not only")."""
    before = {near for hit in hits for near in range(max(0, hit - 2), hit)}
    return any(
        window[near].lower in NEGATIONS and window[near + 1].lower not in _NO_NEGATION_BEFORE
        for near in before
    )


def _windows(sentences: list[list[Word]]) -> Iterator[list[Word]]:
    """Each run of one to three sentences, short runs first."""
    for size in range(1, _WINDOW_SENTENCES + 1):
        for first in range(len(sentences) - size + 1):
            yield [word for sentence in sentences[first : first + size] for word in sentence]


def _copied(words: list[Word], question: list[str]) -> set[int]:
    """Where the words stand that are part of a run taken from the question."""
    length = min(COPIED_RUN, len(question))
    runs = {tuple(question[i : i + length]) for i in range(len(question) - length + 1)}
    copied: set[int] = set()
    for i in range(len(words) - length + 1):
        if length and tuple(word.stem for word in words[i : i + length]) in runs:
            copied.update(word.start for word in words[i : i + length])
    return copied


def _sentences(text: str, words: list[Word]) -> list[list[Word]]:
    ends = [found.start() for found in _SENTENCE_END.finditer(text)] + [len(text)]
    sentences: list[list[Word]] = []
    position = 0
    for end in ends:
        sentence: list[Word] = []
        while position < len(words) and words[position].start < end:
            sentence.append(words[position])
            position += 1
        sentences += [
            sentence[i : i + _LONGEST_SENTENCE_WORDS]
            for i in range(0, len(sentence), _LONGEST_SENTENCE_WORDS)
        ]
    return sentences
