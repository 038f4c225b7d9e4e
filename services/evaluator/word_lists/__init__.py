"""Words with a part in how a text is read, Russian and English, in files beside this one."""

from importlib.resources import files


def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")


def _words(name: str) -> frozenset[str]:
    return frozenset(_text(name).split())


NEGATIONS = _words("negations")
"""They turn round what their clause says."""

NEAR_NEGATIONS = _words("near_negations")
"""They turn round only the words right after them: "without a scan"."""

CLAUSE_OPENERS = _words("clause_openers")
"""Before them a clause ends where no comma does it."""

SUBJECTS_AND_VERBS = _words("subjects_and_verbs")
"""An English clause with one of them is no mere item of a list."""

COMPARISONS = _words("comparisons")
"""A question with one of them sets two things against each other."""

LIST_REQUESTS = _words("list_requests")
"""A question with one of them is answered by a list."""

FUNCTION_WORDS = _words("function_words") | NEGATIONS | NEAR_NEGATIONS | CLAUSE_OPENERS
"""Grammar: never looked for in an answer."""

CRITERION_VERBS = _words("criterion_verbs")
"""Not looked for where a criterion begins with them ("Explains that …"), else they are."""

SAME_MEANING = tuple(tuple(line.split()) for line in _text("same_meaning").splitlines())
"""Groups of words that can take each other's place in a technical explanation."""
