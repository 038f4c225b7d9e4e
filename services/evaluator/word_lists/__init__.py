"""Words that show nothing by themselves, Russian and English, in files beside this one."""

from importlib.resources import files


def _words(name: str) -> frozenset[str]:
    return frozenset(files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").split())


FUNCTION_WORDS = _words("function_words")
"""Grammar: never looked for in an answer."""

NEGATIONS = _words("negations")
"""Before a word they turn its meaning round."""

CRITERION_VERBS = _words("criterion_verbs")
"""Not looked for where a criterion begins with them ("Explains that …"), else they are."""
