"""Words of Russian and English: stems and likeness. The one importer of stemmer and rapidfuzz."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]  # it ships no types
from rapidfuzz import fuzz, process

from services.evaluator.word_lists import FUNCTION_WORDS

ALIKE = 82.0
"""From this likeness (0 to 100, rapidfuzz's ratio) two stems count as spellings of one word."""

SAME_QUESTION = 88.0
"""From this likeness of their sorted words two questions count as one."""

_SHORTEST_ALIKE = 4
_SHORTEST_BEGINNING = 5
_LONG_BEGINNING = 6
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")
_CYRILLIC = re.compile(r"[а-яё]")
_russian = snowballstemmer.stemmer("russian")
_english = snowballstemmer.stemmer("english")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: in small letters, its stem, and where it stands."""

    lower: str
    stem: str
    start: int
    end: int

    @property
    def is_content(self) -> bool:
        """Whether it carries meaning of its own."""
        return self.lower not in FUNCTION_WORDS


def words_of(text: str) -> list[Word]:
    """The words of `text` in their order."""
    return [_word(found) for found in _WORD.finditer(text)]


def _word(found: re.Match[str]) -> Word:
    lower = found[0].casefold()
    return Word(lower, stem_of(lower), found.start(), found.end())


@lru_cache(maxsize=50_000)
def stem_of(word: str) -> str:
    """The stem of one word in small letters, by Russian rules if it has Cyrillic ones, else English."""
    stemmer = _russian if _CYRILLIC.search(word) else _english
    return str(stemmer.stemWord(word.replace("ё", "е")))


class Vocabulary:
    """The stems of a text, to be asked for the spellings of a word."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._stems = frozenset(stems)
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, frozenset[str]] = {}
        for stem in self._stems:
            if len(stem) >= _SHORTEST_ALIKE and not stem.isdigit():
                self._by_letter[stem[0]].append(stem)

    def spellings(self, stem: str) -> frozenset[str]:
        """The stems of the text that are `stem`, misspelt or in another form.

        Both begin with the same letter, so that "mutable" is not "immutable".
        """
        if stem not in self._known:
            self._known[stem] = self._stems & {stem} | self._alike(stem)
        return self._known[stem]

    def _alike(self, stem: str) -> frozenset[str]:
        if len(stem) < _SHORTEST_ALIKE:
            return frozenset()
        candidates = self._by_letter.get(stem[0], ())
        alike = process.extract(stem, candidates, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None)
        return frozenset(found for found, _, _ in alike).union(o for o in candidates if _begins(stem, o))


def _begins(one: str, other: str) -> bool:
    """Whether the shorter stem begins the longer one, as "хешир" does "хеширова", or both begin alike.

    Alike: six letters and half of the longer stem, as in "вычислен" and "вычислительн".
    """
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST_BEGINNING and longer.startswith(shorter):
        return True
    common = max(_LONG_BEGINNING, -(-len(longer) // 2))
    return shorter[:common] == longer[:common] and len(shorter) >= common


def same_question(one: str, other: str) -> bool:
    """Whether two questions are the same but for form, order and spelling of their words."""
    return fuzz.token_sort_ratio(_stems(one), _stems(other)) >= SAME_QUESTION


@lru_cache(maxsize=1_024)  # the known questions of an interview are asked about again and again
def _stems(text: str) -> str:
    return " ".join(word.stem for word in words_of(text))
