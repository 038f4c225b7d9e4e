"""Measures that know next to nothing: what a judge has to beat."""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")


def constant(answers: Sequence[str]) -> list[float]:
    """The same for all: what is left to it is the mean score of the other questions."""
    return [0.0] * len(answers)


def log_length(answers: Sequence[str]) -> list[float]:
    """The logarithm of the number of words."""
    return [math.log(1 + len(_words(answer))) for answer in answers]


def tf_idf_cosine(references: Sequence[str], answers: Sequence[str]) -> list[float]:
    """The cosine of answer and reference in words weighted by rarity."""
    idf = _idf(references, answers)
    return [_cosine(_weights(r, idf), _weights(a, idf)) for r, a in zip(references, answers, strict=True)]


def idf_coverage(references: Sequence[str], answers: Sequence[str]) -> list[float]:
    """The share of the reference's words, weighted by rarity, that are in the answer."""
    idf = _idf(references, answers)
    covered = []
    for reference, answer in zip(references, answers, strict=True):
        wanted, said = set(_words(reference)), set(_words(answer))
        whole = sum(idf[word] for word in sorted(wanted))
        covered.append(sum(idf[word] for word in sorted(wanted & said)) / whole if whole else 0.0)
    return covered


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _idf(references: Sequence[str], answers: Sequence[str]) -> dict[str, float]:
    texts = [set(_words(text)) for text in [*dict.fromkeys(references), *answers]]
    seen = Counter(word for text in texts for word in text)
    return {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in seen.items()}


def _weights(text: str, idf: dict[str, float]) -> dict[str, float]:
    return {word: count * idf[word] for word, count in sorted(Counter(_words(text)).items())}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    lengths = math.hypot(*one.values()) * math.hypot(*other.values())
    return (
        sum(weight * other[word] for word, weight in one.items() if word in other) / lengths
        if lengths
        else 0.0
    )
