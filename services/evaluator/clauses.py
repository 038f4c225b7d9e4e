"""A text taken apart into sentences and clauses, and which of its words are said with a negation."""

import re
from collections.abc import Iterator

from services.evaluator.word_lists import CLAUSE_OPENERS, NEAR_NEGATIONS, NEGATIONS, SUBJECTS_AND_VERBS
from services.evaluator.words import Word

_LONGEST_SENTENCE_WORDS = 30  # transcripts come without full stops
_SENTENCE_END = re.compile(r"(?<=[.!?;…])\s+|\n+")
_CLAUSE_END = re.compile(r"[,;:()…!?]|\.\s|\n")  # no dashes: in Russian they stand for "is"
_APOSTROPHES = "'’"
_NO_NEGATION_BEFORE = frozenset(("только", "лишь", "просто", "only", "just", "merely"))  # "not only"
_CONTRASTS = frozenset(("а", "but"))
_COORDINATORS = frozenset(("и", "или", "либо", "and", "or"))
_CONTENT_CLAUSES = frozenset(("что", "чтобы", "that"))
_CONDITIONS = frozenset(("when", "if"))
_LONGEST_LIST_ITEM = 4
_NEGATION_NEAR = 3
_WITHOUT_REACHES = 3
_NOT_X_BUT_Y_REACHES = 2

Sentence = list[Word]
Clause = list[Word]


def sentences_of(text: str, words: list[Word]) -> list[Sentence]:
    """The words by sentence, at most 30 in each."""
    ends = [found.start() for found in _SENTENCE_END.finditer(text)] + [len(text)]
    sentences: list[Sentence] = []
    position = 0
    for end in ends:
        start = position
        while position < len(words) and words[position].start < end:
            position += 1
        sentences += [
            words[first : min(first + _LONGEST_SENTENCE_WORDS, position)]
            for first in range(start, position, _LONGEST_SENTENCE_WORDS)
        ]
    return sentences


def clauses_of(text: str, sentence: Sentence) -> list[Clause]:
    """The clauses of a sentence: each ends at a mark of punctuation or before words that open another."""
    clauses: list[Clause] = []
    end = 0
    for index, word in enumerate(sentence):
        if not clauses or _CLAUSE_END.search(text, end, word.start) or _opens(text, sentence, index):
            clauses.append([])
        clauses[-1].append(word)
        end = word.end
    return clauses


def _opens(text: str, sentence: Sentence, index: int) -> bool:
    """Whether a clause begins here: "… because …", "… and does not …"."""
    if sentence[index].lower in _COORDINATORS:
        near = range(index + 1, min(index + 1 + _NEGATION_NEAR, len(sentence)))
        return any(_negates(text, sentence, other) for other in near)
    return sentence[index].lower in CLAUSE_OPENERS


def negated_starts(text: str, sentences: list[Sentence]) -> frozenset[int]:
    """Where the words start that `text` says with a negation.

    A negation reaches over its clause, over what "that" adds to it, and (English) over the rest of a list;
    "without" and "no" reach over the next words; "not X, but Y" over X. Two of them undo each other.
    """
    return frozenset().union(*(_negated_in(text, clauses_of(text, sentence)) for sentence in sentences))


def _negated_in(text: str, clauses: list[Clause]) -> set[int]:
    negated: list[set[int]] = []
    denied = False
    for number, clause in enumerate(clauses):
        own = [index for index in range(len(clause)) if _negates(text, clause, index)]
        if own and len(clause) == len(own) and negated:  # "A does, B does not."
            negated[-1] ^= _starts(clauses[number - 1])
        inherits = denied and (_continues(text, clause) or (not own and _goes_on(clause)))
        contrasted = bool(own) and not inherits and _is_contrasted(clauses, number)
        denied = inherits != bool(own) and not contrasted
        starts = _starts(clause) if denied else set[int]()
        if contrasted:
            starts = _reached(clause, own[-1], _NOT_X_BUT_Y_REACHES)
        for index, word in enumerate(clause):
            if word.lower in NEAR_NEGATIONS:
                starts ^= _reached(clause, index, _WITHOUT_REACHES)
        negated.append(starts)
    return set[int]().union(*negated)


def _negates(text: str, clause: Clause, index: int) -> bool:
    word = clause[index]
    contracted = word.lower == "t" and word.start > 0 and text[word.start - 1] in _APOSTROPHES  # "doesn't"
    following = clause[index + 1].lower if index + 1 < len(clause) else ""
    return (contracted or word.lower in NEGATIONS) and following not in _NO_NEGATION_BEFORE


def _continues(text: str, clause: Clause) -> bool:
    """Whether a clause belongs to what was denied before it: "… that …", or "… when …" without a comma."""
    first = clause[0]
    straight = not _CLAUSE_END.search(text, max(0, first.start - 2), first.start)
    return first.lower in _CONTENT_CLAUSES or (first.lower in _CONDITIONS and straight)


def _goes_on(clause: Clause) -> bool:
    """Whether an English clause is the next item of a list rather than a statement of its own."""
    return (
        len(clause) <= _LONGEST_LIST_ITEM
        and all(word.lower.isascii() for word in clause)
        and clause[0].lower not in CLAUSE_OPENERS
        and not any(word.lower in SUBJECTS_AND_VERBS for word in clause)
    )


def _is_contrasted(clauses: list[Clause], number: int) -> bool:
    return number + 1 < len(clauses) and clauses[number + 1][0].lower in _CONTRASTS


def _starts(clause: Clause) -> set[int]:
    return {word.start for word in clause}


def _reached(clause: Clause, index: int, content_words: int) -> set[int]:
    return {word.start for word in _first(clause[index + 1 :], content_words)}


def _first(words: list[Word], content_words: int) -> Iterator[Word]:
    """The first words, up to so many with a meaning of their own."""
    for word in words:
        yield word
        content_words -= word.is_content
        if not content_words:
            return
