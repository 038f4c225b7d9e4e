"""Text as judges see it, and whether a quote stands in it."""

import re
import unicodedata

_INVISIBLE_CATEGORY = "Cf"  # zero-width characters, direction marks, soft hyphens, tag characters


def visible(text: str) -> str:
    """`text` in NFC without invisible characters: what is judged, and what quotes are looked up in."""
    if text.isascii():
        return text
    kept = "".join(c for c in text if unicodedata.category(c) != _INVISIBLE_CATEGORY)
    return unicodedata.normalize("NFC", kept)


def has_invisible(text: str) -> bool:
    """Whether `visible` takes anything out."""
    return not text.isascii() and any(unicodedata.category(c) == _INVISIBLE_CATEGORY for c in text)


def find_quote(quote: str, answer: str) -> str:
    """The words of `quote` as they stand in `answer` (already `visible`), or "" where they do not.

    White space counts as equal whatever its kind and length; a quote is whole words and at least one of them.
    """
    words = visible(quote).split()
    if not any(c.isalnum() for word in words for c in word):
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


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
