"""Words in a heap: where an answer only lists words, each item of the list stands for itself."""

import re
from collections.abc import Iterator

from services.evaluator.clauses import Sentence, clauses_of, sentences_of
from services.evaluator.word_lists import LIST_REQUESTS
from services.evaluator.words import Word, words_of

MOST_GRAMMAR = 0.1
"""Below this share of grammar words a text says nothing, it lists."""

_FEWEST_WORDS = 6
_RUN_ON_WORDS = 10
_LONGEST_BARE_RUN = 7
_MOST_OF_TEXT = 0.4
_LONGEST_ITEM = 4
_RUSSIAN_VERB = re.compile(r"...(?:[аяуе]ет|ёт|[ую]т|[аяие]тся|[ую]тся|[аяи]л[аои]?|[аяи]л[аои]?сь)$")
_ITEM_END = re.compile(r"[,;.:\n|/•]|\s-+\s")

_BEFORE_REQUEST = frozenset(("please", "and", "you", "to", "пожалуйста", "и"))
_DEFINITE = frozenset(("the", "these", "those", "эти", "все"))
_NUMBER_WITHIN = 4
_NUMBERS = {str(number): number for number in range(1, 13)} | {
    word: number
    for number, words in enumerate(
        (
            ("one", "один", "одну", "одно"),
            ("two", "два", "две"),
            ("three", "три"),
            ("four", "четыре"),
            ("five", "пять"),
            ("six", "шесть"),
        ),
        start=1,
    )
    for word in words
}

Item = list[Word]


def asks_for_list(question: str) -> bool:
    """Whether a list is what the question wants: "Name …", "… and state …", not "a host name"."""
    return any(True for _ in _requests(question))


def asked_number(question: str) -> int | None:
    """How many things the question wants of possibly more: "name at least two …", not "name the two …"."""
    for following in _requests(question):
        for index, word in enumerate(following[:_NUMBER_WITHIN]):
            definite = index > 0 and following[index - 1] in _DEFINITE
            if word in _NUMBERS and not definite:
                return _NUMBERS[word]
    return None


def _requests(question: str) -> Iterator[list[str]]:
    """What follows each word that asks for a list, to the end of its clause."""
    words = words_of(question)
    for sentence in sentences_of(question, words):
        for clause in clauses_of(question, sentence):
            said = [word.lower for word in clause]
            for index, word in enumerate(said):
                if word in LIST_REQUESTS and (index == 0 or said[index - 1] in _BEFORE_REQUEST):
                    yield said[index + 1 :]


def units_of(text: str, sentences: list[Sentence]) -> Iterator[tuple[list[Word], bool]]:
    """The sentences (False); where mere lists make half of the text, their items (True)."""
    items = [_items(text, sentence) for sentence in sentences]
    listed = _listed(sentences, items)
    for sentence, parts, is_listed in zip(sentences, items, listed, strict=True):
        if is_listed:
            yield from ((part, True) for item in parts for part in _cut(item))
        else:
            yield sentence, False


def _listed(sentences: list[Sentence], items: list[list[Item]]) -> list[bool]:
    words = [word for sentence in sentences for word in sentence]
    if _is_list(words, sum(map(len, items))) or _runs_on(words):
        return [True] * len(sentences)
    listed = [_is_list(sentence, len(parts)) for sentence, parts in zip(sentences, items, strict=True)]
    in_lists = sum(len(sentence) for sentence, is_listed in zip(sentences, listed, strict=True) if is_listed)
    return listed if 2 * in_lists >= len(words) else [False] * len(sentences)


def _is_list(words: list[Word], items: int) -> bool:
    """Whether next to no grammar holds the words together, and they are cut up or have no verb, or are many.

    Numbers and single letters are left out: a calculation is no list.
    """
    counted = [
        word for word in words if not word.is_content or (len(word.lower) > 2 and word.lower.isalpha())
    ]
    grammar = sum(not word.is_content for word in counted)
    if len(counted) < _FEWEST_WORDS or grammar >= MOST_GRAMMAR * len(counted):
        return False
    bare = grammar == 0 and len(counted) >= _RUN_ON_WORDS
    return bare or 3 * items > len(words) or not any(_RUSSIAN_VERB.search(word.lower) for word in counted)


def _runs_on(words: list[Word]) -> bool:
    """Whether English words follow each other, for most of the text, as they do in no sentence."""
    longest = run = 0
    for word in words:
        run = run + 1 if word.is_content and word.lower.isascii() and word.lower.isalpha() else 0
        longest = max(longest, run)
    return longest >= _LONGEST_BARE_RUN and longest >= _MOST_OF_TEXT * len(words)


def _items(text: str, sentence: Sentence) -> list[Item]:
    """The parts between separators."""
    items: list[Item] = []
    for word in sentence:
        if not items or _ITEM_END.search(text, items[-1][-1].end, word.start):
            items.append([])
        items[-1].append(word)
    return items


def _cut(item: Item) -> Iterator[Item]:
    """A long item is words that only follow each other: every two of them."""
    if len(item) <= _LONGEST_ITEM:
        yield item
    else:
        yield from (item[first : first + 2] for first in range(0, len(item), 2))
