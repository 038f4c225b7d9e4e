"""Text as judges see it, and whether a quote stands in it."""

import re
import unicodedata

_INVISIBLE_CATEGORY = "Cf"  # zero-width characters, direction marks, soft hyphens, tag characters


def visible(text: str) -> str:
    """`text` in NFC without invisible characters: what is judged, and what quotes are looked up in."""
    if text.isascii():
        return text
    invisible = _invisible_in(text)
    kept = text.translate(dict.fromkeys(map(ord, invisible))) if invisible else text
    return unicodedata.normalize("NFC", kept)


def has_invisible(text: str) -> bool:
    """Whether `visible` takes anything out."""
    return not text.isascii() and bool(_invisible_in(text))


def _invisible_in(text: str) -> set[str]:
    """Each character is looked at once, however often it stands there: texts have few different ones."""
    if text.isprintable():  # no character of the category is
        return set()
    return {c for c in set(text) if unicodedata.category(c) == _INVISIBLE_CATEGORY}


def find_quote(quote: str, answer: str) -> str:
    """The words of `quote` as they stand in `answer` (already `visible`), or "" where they do not.

    White space counts as equal whatever its kind and length; a quote is whole words and at least one of them.
    """
    words = visible(quote).split()
    if not any(c.isalnum() for word in words for c in word):
        return ""
    exact = " ".join(words)
    at = answer.find(exact)
    while at != -1:  # nearly every quote stands there letter for letter: no pattern is compiled for it
        if _is_whole(answer, at, at + len(exact)):
            return exact
        at = answer.find(exact, at + 1)
    if exact not in " ".join(answer.split()):  # a pattern of many words is slow to make
        return ""
    pattern = r"\s+".join(map(re.escape, words))
    start = r"(?<!\w)" if _is_word(words[0][0]) else ""
    end = r"(?!\w)" if _is_word(words[-1][-1]) else ""
    found = re.search(f"{start}{pattern}{end}", answer)
    return found[0] if found else ""


def shortened(text: str, longest: int) -> str:
    """`text` on one line, cut with an ellipsis where it has more than `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _is_whole(answer: str, start: int, end: int) -> bool:
    """Whether no word is cut in two at either end."""
    cut_before = start > 0 and _is_word(answer[start]) and _is_word(answer[start - 1])
    cut_after = end < len(answer) and _is_word(answer[end - 1]) and _is_word(answer[end])
    return not cut_before and not cut_after


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
