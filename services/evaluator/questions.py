"""What a written question must not be: a known one in other words, or a hint at how answers were judged."""

import re
from collections.abc import Iterable
from functools import lru_cache

from services.evaluator.evaluation import Language
from services.evaluator.words import same_question, words_of

_SHARED_WORDS = 0.8
_FEWEST_WORDS = 3
_OWN_LETTERS = 0.3
_CYRILLIC = re.compile(r"[а-яё]", re.I)
_LATIN = re.compile(r"[a-z]", re.I)
_TELLS = re.compile(
    r"\d+\s*(?:/|из|out\s+of)\s*10\b"
    r"|\bбалл(?:а|ов|ы)?\b|\bоценк\w*\s+(?:за|ваш|тво)\w*|\b(?:ваш|тво)\w*\s+оценк"
    r"|\b(?:вы|ты)\s+(?:не\s+(?:назва|упомяну|сказа|ответи|объясни|раскры)|ошиб|неверно|неправильно"
    r"|(?:верно|правильно|хорошо|частично|отчасти|неполно|слабо)\s+(?:отве|назва|объясни|раскры|описа|сказа))"
    r"|\b(?:ваш|тво|прошл|предыдущ)\w*\s+ответ\w*\s+(?:был\w*\s+)?(?:не|слаб|ошиб|хорош|верн|сильн)"
    r"|\b(?:your|the|a)\s+(?:score|grade|mark)\b(?=\s+(?:was|is|of|for))"
    r"|\byou\s+(?:scored|failed|missed|forgot|did\s*n[o']t\s+(?:mention|name|say|explain)|were\s+wrong)"
    r"|\byou\s+(?:correctly|rightly|partly|partially|wrongly|well)\s+(?:answered|named|explained|said|described)"
    r"|\byour\s+(?:(?:last|previous)\s+)?answer\s+(?:was|is|lacked|missed)\b"
    r"|^\W*(?:верно|правильно|неверно|неправильно|хорошо|отлично|молодец|хороший\s+ответ)\s*[,.!;:—]"
    r"|^\W*(?:correct|right|wrong|good|great|excellent|well\s+done|good\s+answer|not\s+quite)\s*[,.!;:—]",
    re.I,
)


def is_known(question: str, known: Iterable[str]) -> bool:
    """Whether one of `known` asks the same: but for form, order and spelling, or a few words more or less."""
    words = _content(question)
    return any(same_question(question, other) or _overlap(words, _content(other)) for other in known)


def tells_the_score(question: str) -> bool:
    """Whether the candidate could read out of it how an answer was judged."""
    return bool(_TELLS.search(question))


def is_in(language: Language, text: str) -> bool:
    """Whether the letters are those of the language: all that can be said without a dictionary.

    Russian questions are full of Latin names; English ones hold a Russian name at most.
    """
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if language is Language.EN:
        return latin > cyrillic
    return cyrillic > 0 and cyrillic >= _OWN_LETTERS * (cyrillic + latin)


@lru_cache(maxsize=1_024)  # as words.same_question does
def _content(question: str) -> frozenset[str]:
    return frozenset(word.stem for word in words_of(question) if word.is_content)


def _overlap(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the words that carry meaning are nearly all shared; too few of them say nothing."""
    if min(len(one), len(other)) < _FEWEST_WORDS:
        return False
    return len(one & other) >= _SHARED_WORDS * len(one | other)
