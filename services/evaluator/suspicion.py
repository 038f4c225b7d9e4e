"""Signs that an answer speaks to the judge instead of answering. They are told and lower nothing."""

import re

from services.evaluator.prompt import holds_marks
from services.evaluator.quotes import has_invisible, visible

# Each is searched for in casefolded text, and begins with what lets most places be passed over quickly.
_WORDS = re.compile(
    r"\b(?:"
    r"(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|criteri)"
    r"|(?:игнориру\w*|забуд\w*|отмени\w*|не\s+обращай\w*)\b.{0,40}(?:инструкц|указани|правил|выше|критери|промпт)"
    r"|(?:score|grade|mark|rate|give|award)\b.{0,30}\b(?:10|ten|full|maximum|highest)\b"
    r"|(?:постав\w*|оцени\w*|присво\w*|дай\w*|оценк\w*)\b.{0,30}(?:\b10\b|десят|максимальн|высш)"
    r"|(?:all|every|each)\s+(?:the\s+)?criteri\w+.{0,30}\bmet\b"
    r"|(?:вс\w+|кажд\w+)\s+критери\w*.{0,30}(?:\bmet\b|выполнен|засчита|зачт)"
    r"|you\s+are\s+(?:now|no\s+longer)\b|теперь\s+ты\b|ты\s+(?:больше\s+не|теперь)\b"
    r"|(?:dear|note\s+to|message\s+to)\s+(?:the\s+)?(?:judge|grader|evaluator|model|ai)\b"
    r"|(?:модел[ьи]|оценщик\w*|проверяющ\w*|судь[яеи])\s*[,:!]"
    r")"
)
_MARKUP = re.compile(
    r"[<\[\"](?:"
    r"(?<=<)\|?(?:im_start|im_end|system|/?s|endoftext|/?inst)\|?>|(?<=\[)/?inst\]"
    r"|(?<=\")(?:verdicts?|score|main_point|depth|criterion_number|quote)\"\s*:"
    r")"
)
_ROLES = re.compile(
    r"^[^\w\n]*(?:system|assistant|developer|user|систем\w*|ассистент|разработчик|инструкция)\W*:",
    re.MULTILINE,
)


def signs(answer: str) -> tuple[str, ...]:
    """The flags that an answer's own words deserve."""
    found = {
        "invisible_characters": has_invisible(answer),
        "delimiter_in_answer": holds_marks(answer),
        "instructions_in_answer": _speaks_to_the_judge(visible(answer).casefold()),
    }
    return tuple(flag for flag, applies in found.items() if applies)


def _speaks_to_the_judge(folded: str) -> bool:
    return any(pattern.search(folded) for pattern in (_WORDS, _MARKUP, _ROLES))
