"""What the fake model says: deterministic, from the words of criteria and answer, in the form asked for."""

import json
import re
from collections.abc import Sequence
from typing import Any

WORD = re.compile(r"\w{4,}")
SENTENCE = re.compile(r"[^.!?;\n]+")
CAUSES = ("потому что", "поэтому", "из-за", "because", "therefore", "so that")
PRACTICE = ("на проекте", "у нас", "мы исп", "в проде", "in production", "we used", "at work")
FRAME = re.compile(r"\A⟦(.*)⟧\n(.*)\n⟦\1⟧\Z", re.DOTALL)

QUESTIONS = {
    "ru": (
        "Какие ограничения проявляются, когда «{topic}» работает под большой нагрузкой?",
        "Опишите случай из практики, где «{topic}» подвело, и как это исправляли.",
        "Чем вы проверите, что решение по теме «{topic}» верное?",
        "С чем бы вы сравнили «{topic}» и по каким признакам выбирали?",
        "Что внутри устроено так, а не иначе в «{topic}», и почему?",
        "Как объяснить «{topic}» новому коллеге за две минуты?",
    ),
    "en": (
        "Which limits appear when {topic} works under heavy load?",
        "Describe a real case where {topic} failed and how it was repaired.",
        "How would you verify that a solution with {topic} is right?",
        "What would you compare {topic} with, and by which traits would you choose?",
        "What inside of {topic} is built the way it is, and why?",
        "How do you explain {topic} to a new colleague in two minutes?",
    ),
}


def fill(messages: Sequence[dict[str, str]]) -> dict[str, Any]:
    """The filled form that a chat of ours asks for."""
    if len(messages) == 1:  # the doctor's
        return {"well": True}
    task = json.loads(messages[1]["content"])
    if task["task"] == "follow_up":
        return _follow_up(task, _language(messages))
    if task["task"] == "criteria":
        return {"criteria": [*_key_points(task), f"{task['topic']}: {task['question']} (2)"][:6]}
    return evaluation(task, framed(messages[-1]["content"], task["mark"]))


def framed(content: str, mark: str) -> str:
    """The words between the two marks; raises ValueError where the frame is not whole."""
    found = FRAME.match(content)
    if found is None or found[1] != mark:
        raise ValueError("the candidate's words are not framed")
    return found[2]


def evaluation(task: dict[str, Any], answer: str) -> dict[str, Any]:
    """Verdicts by shared words: honest, and not bright."""
    named = not task["criteria"]
    texts = _key_points(task) if named else [criterion["text"] for criterion in task["criteria"]]
    verdicts = [_verdict(text, answer) for text in texts]
    for number, (text, verdict) in enumerate(zip(texts, verdicts, strict=True), start=1):
        verdict.update({"criterion": text} if named else {"criterion_number": number})
    depth, depth_quote = _depth(answer)
    shown = any(verdict["verdict"] != "not_met" for verdict in verdicts)
    return {
        "verdicts": verdicts,
        "main_point": "right" if shown else "off_topic",
        "depth_quote": depth_quote,
        "depth": depth,
    }


def _verdict(text: str, answer: str) -> dict[str, Any]:
    wanted = _stems(text)
    share, quote = 0.0, ""
    for sentence in map(str.strip, SENTENCE.findall(answer)):
        found = len(wanted & _stems(sentence)) / max(1, len(wanted))
        if found > share:
            share, quote = found, sentence
    if share >= 0.5:
        return {"quote": quote, "reason": "Сказано / said.", "verdict": "met"}
    if share >= 0.2:
        return {"quote": quote, "reason": "Сказано отчасти / said in part.", "verdict": "partly_met"}
    return {"quote": "", "reason": "Не сказано / not said.", "verdict": "not_met"}


def _depth(answer: str) -> tuple[str, str]:
    for depth, marks in (("shows_practice", PRACTICE), ("explains_why", CAUSES)):
        for sentence in map(str.strip, SENTENCE.findall(answer)):
            if any(mark in sentence.casefold() for mark in marks):
                return depth, sentence
    return "none", ""


def _key_points(task: dict[str, Any]) -> list[str]:
    sentences = [s.strip() for s in SENTENCE.findall(task["reference_answer"]) if s.strip()]
    return sentences[:8] or [task["question"], f"{task['topic']}: {task['question']}"]


def _follow_up(task: dict[str, Any], language: str) -> dict[str, Any]:
    questions = [text.format(topic=task["topic"]) for text in QUESTIONS[language]]
    fresh = [question for question in questions if question not in task["known_questions"]]
    criteria = [verdict["criterion"] for verdict in task["last_verdicts"] if verdict["verdict"] != "met"]
    return {"question": (fresh or questions)[0], "criteria": criteria[:3] or [task["topic"]]}


def _language(messages: Sequence[dict[str, str]]) -> str:
    return "ru" if re.search("[а-яё]", messages[0]["content"].casefold()) else "en"


def _stems(text: str) -> set[str]:
    return {word[:5] for word in WORD.findall(text.casefold())}
