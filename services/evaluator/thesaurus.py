"""Words that mean much the same where engineers explain things, Russian and English: by stem."""

from collections import defaultdict

from services.evaluator.word_lists import SAME_MEANING
from services.evaluator.words import stem_of

_groups: dict[str, set[str]] = defaultdict(set)
for _words in SAME_MEANING:
    _stems = {stem_of(word) for word in _words}
    for _stem in _stems:
        _groups[_stem] |= _stems


def related(stem: str) -> frozenset[str]:
    """The stems that can take the place of `stem`, itself among them; none if the word is not known."""
    return frozenset(_groups.get(stem, ()))
