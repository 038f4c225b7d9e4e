"""Where the candidate's answer to a question comes from: each source in turn, until one has it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from interview.v1 import core_pb2 as core

from speakalka.script import Script


@dataclass(frozen=True, slots=True)
class Given:
    """What the candidate says. `remark` is for the one who watches, such as why it is declined."""

    text: str
    declined: bool = False
    remark: str = ""


class AnswerSource(Protocol):
    """One place where answers may be found."""

    def __call__(self, question: core.AskedQuestion, /) -> Given | None:
        """The answer, or None for the next source."""


def answer_from(sources: Iterable[AnswerSource], question: core.AskedQuestion) -> Given:
    """The first answer that a source has; else the candidate passes."""
    for source in sources:
        given = source(question)
        if given is not None:
            return given
    return Given("", declined=True, remark="no answer in the file and nobody at a terminal to ask: declined")


def prepared(script: Script) -> AnswerSource:
    """Answers that the file gives to its own questions."""

    def find(question: core.AskedQuestion) -> Given | None:
        text = script.answers.get((question.topic, question.text.strip()))
        return None if text is None else Given(text)

    return find


def generated(script: Script) -> AnswerSource:
    """Answers that the file keeps for generated questions, by topic, each used once."""
    left = {topic: iter(answers) for topic, answers in script.generated_answers.items()}

    def find(question: core.AskedQuestion) -> Given | None:
        text = next(left.get(question.topic, iter(())), None) if question.generated else None
        return None if text is None else Given(text, remark="from generated_answers")

    return find


def stored(answers: Iterable[core.Answer]) -> AnswerSource:
    """Answers that the orchestrator holds already, from an earlier run with the same request id."""
    by_question: Mapping[str, core.Answer] = {answer.question.question_id: answer for answer in answers}

    def find(question: core.AskedQuestion) -> Given | None:
        answer = by_question.get(question.question_id)
        return Given(answer.answer_text, answer.declined, remark="given earlier") if answer else None

    return find


def terminal(read_line: Callable[[], str]) -> AnswerSource:
    """Whoever sits at the terminal. An empty line passes; so does the end of input."""

    def ask(_: core.AskedQuestion) -> Given:
        text = read_line().strip()
        return Given(text) if text else Given("", declined=True, remark="declined at the terminal")

    return ask
