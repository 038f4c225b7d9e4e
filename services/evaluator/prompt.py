"""What the model is sent: versioned instructions, the task as JSON, the candidate's words as marked data."""

import hashlib
from collections.abc import Iterable, Sequence
from enum import Enum
from importlib.resources import files
from typing import TypedDict

import orjson

from services.evaluator.evaluation import (
    AnswerTask,
    CriterionVerdict,
    DraftTask,
    FollowUpTask,
    Language,
    Turn,
    Verdict,
)
from services.evaluator.quotes import visible

PROMPT_VERSION = "v2"
"""Name of the folder under `prompts/`. A prompt that was in use is never edited: it gets a new version."""

_MARKS = "⟦⟧"
_MOST_TURNS = 5
_LONGEST_TURN = 2_000
_KNOWN_QUESTIONS_CHARACTERS = 20_000


class Message(TypedDict):
    """One message of a chat."""

    role: str
    content: str


class Purpose(Enum):
    """What a prompt is for; the value begins the name of its file."""

    EVALUATE = "evaluate"
    FOLLOW_UP = "follow_up"
    CRITERIA = "criteria"
    FORM = "form"


def as_data(text: str, mark: str) -> str:
    """The candidate's words as the model sees them: `visible`, and nothing in them can end their frame."""
    shown = visible(text)
    for bracket in _MARKS:
        shown = shown.replace(bracket, "")
    while mark and mark in shown:  # taking one out may put another together
        shown = shown.replace(mark, "")
    return shown


def holds_marks(text: str) -> bool:
    """Whether `as_data` would take a frame's brackets out of `text`."""
    return any(bracket in text for bracket in _MARKS)


class Prompts:
    """The instructions of one version, read once."""

    version = PROMPT_VERSION

    def __init__(self) -> None:
        folder = files(__package__).joinpath("prompts", PROMPT_VERSION)
        self._instructions = {
            (purpose, language): folder.joinpath(f"{purpose.value}.{language.value}.md")
            .read_text("utf-8")
            .strip()
            for purpose in Purpose
            for language in Language
        }
        self._digests = {
            key: hashlib.sha256(text.encode()).hexdigest() for key, text in self._instructions.items()
        }

    def evaluation(self, task: AnswerTask, mark: str) -> list[Message]:
        """Asks for verdicts. The candidate's answer is the last message and alone in it."""
        given = {
            "task": Purpose.EVALUATE.value,
            "mark": mark,
            "topic": task.topic,
            "question": task.question_text,
            "difficulty": task.difficulty,
            "criteria": [{"number": n, "text": c.text} for n, c in enumerate(task.criteria, start=1)],
            "reference_answer": task.reference_answer,
        }
        return [
            *self._opening(Purpose.EVALUATE, task.language, given),
            *_turns(task.earlier_turns, mark),
            _user(_framed(as_data(task.answer_text, mark), mark)),
        ]

    def follow_up(self, task: FollowUpTask, mark: str, also_known: Sequence[str] = ()) -> list[Message]:
        """Asks for a question. Verdicts go without quotes and reasons: those hold the candidate's words."""
        focus = focus_of(task.last_verdicts)
        given = {
            "task": Purpose.FOLLOW_UP.value,
            "mark": mark,
            "topic": task.topic,
            "difficulty": task.difficulty,
            "last_verdicts": [_without_words(v) for v in task.last_verdicts],
            "focus": _without_words(focus) if focus else None,
            "known_questions": _within(_KNOWN_QUESTIONS_CHARACTERS, (*also_known, *task.known_questions)),
        }
        return [*self._opening(Purpose.FOLLOW_UP, task.language, given), *_turns(task.turns, mark)]

    def criteria(self, task: DraftTask) -> list[Message]:
        """Asks for what answers to a question are to be judged by. Nobody's words are in it."""
        given = {
            "task": Purpose.CRITERIA.value,
            "topic": task.topic,
            "question": task.question_text,
            "difficulty": task.difficulty,
            "reference_answer": task.reference_answer,
        }
        return self._opening(Purpose.CRITERIA, task.language, given)

    def form_words(self, language: Language) -> str:
        """What introduces a schema that has to stand in the instructions."""
        return self._instructions[Purpose.FORM, language]

    def digest(self, purpose: Purpose, language: Language) -> str:
        """SHA-256 (hex) of the instructions."""
        return self._digests[purpose, language]

    def _opening(self, purpose: Purpose, language: Language, given: dict[str, object]) -> list[Message]:
        instructions = Message(role="system", content=self._instructions[purpose, language])
        return [instructions, _user(orjson.dumps(given).decode())]


def focus_of(verdicts: Sequence[CriterionVerdict]) -> CriterionVerdict | None:
    """The criterion to ask on from: one that was shown in part promises most, then the weakest, then any.

    Among equals the heaviest, then the first.
    """
    order = (Verdict.PARTLY_MET, Verdict.NOT_MET, Verdict.MET)
    return min(verdicts, key=lambda v: (order.index(v.verdict), -v.criterion.weight), default=None)


def _without_words(verdict: CriterionVerdict) -> dict[str, str]:
    return {"criterion": verdict.criterion.text, "verdict": verdict.verdict.value}


def _turns(turns: Sequence[Turn], mark: str) -> list[Message]:
    """The latest turns, each question and each answer a message of its own."""
    messages: list[Message] = []
    for turn in turns[-_MOST_TURNS:]:
        messages.append(_user(orjson.dumps({"earlier_question": turn.question_text}).decode()))
        messages.append(_user(_framed(as_data(turn.answer_text, mark)[:_LONGEST_TURN], mark)))
    return messages


def _framed(words: str, mark: str) -> str:
    return f"⟦{mark}⟧\n{words}\n⟦{mark}⟧"


def _user(content: str) -> Message:
    return Message(role="user", content=content)


def _within(characters: int, texts: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for text in texts:
        characters -= len(text)
        if characters < 0:
            break
        kept.append(text)
    return kept
