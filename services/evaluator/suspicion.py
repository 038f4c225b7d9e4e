"""Signs that an answer speaks to the judge instead of answering. They are told and lower nothing."""

import re

from services.evaluator.prompt import holds_marks
from services.evaluator.quotes import has_invisible, visible

_TO_THE_JUDGE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|criteri)"
    r"|\b(?:игнориру\w*|забуд\w*|отмени\w*|не\s+обращай\w*)\b.{0,40}(?:инструкц|указани|правил|выше|критери|промпт)"
    r"|^\W*(?:system|assistant|developer|user|систем\w*|ассистент|разработчик|инструкция)\W*:"
    r"|<\|?(?:im_start|im_end|system|/?s|endoftext|/?inst)\|?>|\[/?INST\]"
    r"|\"(?:verdicts?|score|main_point|depth|criterion_number|quote)\"\s*:"
    r"|\b(?:score|grade|mark|rate|give|award)\b.{0,30}\b(?:10|ten|full|maximum|highest)\b"
    r"|\b(?:постав\w*|оцени\w*|присво\w*|дай\w*|оценк\w*)\b.{0,30}(?:\b10\b|десят|максимальн|высш)"
    r"|\b(?:all|every|each)\s+(?:the\s+)?criteri\w+.{0,30}\bmet\b"
    r"|\b(?:вс\w+|кажд\w+)\s+критери\w*.{0,30}(?:\bmet\b|выполнен|засчита|зачт)"
    r"|\byou\s+are\s+(?:now|no\s+longer)\b|\bтеперь\s+ты\b|\bты\s+(?:больше\s+не|теперь)\b"
    r"|\b(?:dear|note\s+to|message\s+to)\s+(?:the\s+)?(?:judge|grader|evaluator|model|ai)\b"
    r"|\b(?:модел[ьи]|оценщик\w*|проверяющ\w*|судь[яеи])\s*[,:!]",
    re.IGNORECASE | re.MULTILINE,
)


def signs(answer: str) -> tuple[str, ...]:
    """The flags that an answer's own words deserve."""
    found = {
        "invisible_characters": has_invisible(answer),
        "delimiter_in_answer": holds_marks(answer),
        "instructions_in_answer": bool(_TO_THE_JUDGE.search(visible(answer))),
    }
    return tuple(flag for flag, applies in found.items() if applies)
