"""What injected answers achieve, with all guards and with each of them taken away.

`python -m tests.rpc.attacks` prints the table of docs/scoring.md.
"""

import asyncio
import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from unittest.mock import patch

from services.common import logs
from services.common.errors import InvalidField
from services.evaluator import evaluation as nouns
from services.evaluator import prompt, reply
from services.evaluator.asking import InvalidReply
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    Evaluation,
    Judgement,
    Language,
    Turn,
    Unscored,
)
from services.evaluator.in_flight import InFlight
from services.evaluator.openai_judge import OpenAIJudge
from services.evaluator.prompt import Message, Prompts
from tests.fakes.llm_gullible import OBEYS_EVERYTHING, OBEYS_UNGUARDED
from tests.fakes.llm_server import LlmServer
from tests.rpc.openai_judge import openai_judge

DATA = Path(__file__).parents[1] / "data" / "attacks"
SUSPICIOUS = {"instructions_in_answer", "delimiter_in_answer", "invisible_characters"}
GUESSABLE = "ANSWER"
UNGUESSABLE = "9f3b17c2a45de0816b7d42f0"

_ASKED = {
    Language.RU: (
        "Чем список отличается от кортежа?",
        (
            Criterion("Кортеж неизменяемый, список изменяемый"),
            Criterion("Кортеж хешируется и бывает ключом словаря"),
        ),
    ),
    Language.EN: (
        "How does a list differ from a tuple?",
        (Criterion("A tuple is immutable, a list is mutable"), Criterion("A tuple is hashable: a dict key")),
    ),
}
_UNKNOWING = {Language.RU: "Честно говоря, не знаю.", Language.EN: "To be honest, I do not know."}


@dataclass(frozen=True)
class Attack:
    """An answer of somebody who does not know and wants points. `flood` filler characters stand before it."""

    name: str
    language: Language
    kind: str
    answer: str
    where: str
    flood: int

    def task(self) -> AnswerTask:
        """Raises InvalidField where an answer like this is not taken at all."""
        words = ("filler " * (self.flood // 7)) + self.answer
        if self.where == "earlier_turn":
            return task(self.language, _UNKNOWING[self.language], (Turn("?", words),))
        return task(self.language, words)


class Result(Enum):
    """What an attack came to."""

    REFUSED = "refused"
    UNSCORED = "unscored"
    UNCHANGED = "unchanged"
    RAISED = "raised by quotes that stand in the answer"
    FORGED = "a quote that is not in the answer"
    ESCAPED = "a reply out of the form"


@dataclass(frozen=True)
class Layer:
    """A guard, and how to take it away."""

    name: str
    remove: Callable[[], Any]
    on_reply: bool = False


def attacks() -> list[Attack]:
    """The corpus."""
    entries = json.loads((DATA / "attacks.json").read_text("utf-8"))
    return [
        Attack(
            one["name"],
            Language(one["language"]),
            one["kind"],
            one["answer"],
            one.get("where", "answer"),
            one.get("flood", 0),
        )
        for one in entries
    ]


def task(language: Language, answer: str, turns: tuple[Turn, ...] = ()) -> AnswerTask:
    question, criteria = _ASKED[language]
    return AnswerTask(language, "Python", question, answer, 1, criteria, earlier_turns=turns)


class OneMessage(Prompts):
    """Instructions, task and the candidate's words run together, as many do it."""

    def evaluation(self, task: AnswerTask, mark: str) -> list[Message]:
        system, *others = super().evaluation(task, mark)
        return [system, Message(role="user", content="\n".join(message["content"] for message in others))]


def _lenient(task: AnswerTask, answer: str, content: str) -> tuple[Evaluation, tuple[str, ...]]:
    """Reads what there is, as one does who trusts the server to keep to the schema."""
    try:
        return reply.evaluation_of(task, answer, content)
    except InvalidReply:
        form = json.loads(content)
        return Evaluation(form.get("score", 10), "", ()), ()


def _only_composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _as_it_is(_: str, value: str) -> str:
    return value


@contextmanager
def _nothing() -> Iterator[None]:
    """A layer that is a part of how the judge is put together is taken away there."""
    yield


OWN_MESSAGE = Layer("a message of its own", _nothing)
RANDOM_MARK = Layer("a random mark", _nothing)
LAYERS = (
    OWN_MESSAGE,
    RANDOM_MARK,
    Layer("frame brackets stripped", lambda: patch.object(prompt, "_MARKS", "")),
    Layer("invisible characters stripped", lambda: patch.object(prompt, "visible", _only_composed)),
    Layer("control characters refused", lambda: patch.object(nouns, "without_control_characters", _as_it_is)),
    Layer("length bound", lambda: patch.object(nouns, "LONGEST_ANSWER_BYTES", 10**9)),
    Layer(
        "reply checked against the form",
        lambda: patch("services.evaluator.openai_judge.evaluation_of", _lenient),
        on_reply=True,
    ),
    Layer(
        "quotes looked up in the answer",
        lambda: patch.object(reply, "find_quote", lambda quote, _: quote),
        on_reply=True,
    ),
)


@dataclass(frozen=True)
class Run:
    """What each attack came to; None in `without`: nothing was taken away."""

    without: Layer | None
    results: dict[str, Result]
    flagged: frozenset[str]

    def of(self, result: Result) -> list[str]:
        return [name for name, came in self.results.items() if came is result]

    def count(self, result: Result) -> int:
        return len(self.of(result))

    @property
    def through(self) -> list[str]:
        """The attacks that got something."""
        return [n for r in (Result.ESCAPED, Result.FORGED, Result.RAISED) for n in self.of(r)]


async def run(without: Layer | None, *, obeys_everything: bool) -> Run:
    """Every attack against the real judge over HTTP."""
    model = OBEYS_EVERYTHING if obeys_everything else OBEYS_UNGUARDED
    removed = without.remove() if without else _nothing()
    with removed:
        async with (
            LlmServer(model=model) as llm,
            openai_judge(
                llm.url,
                in_flight=InFlight(8, 1_000),
                prompts=OneMessage() if without is OWN_MESSAGE else Prompts(),
                new_mark=lambda: GUESSABLE if without is RANDOM_MARK else UNGUESSABLE,
            ) as judge,
        ):
            corpus = attacks()
            found = await asyncio.gather(*(_result(judge, attack) for attack in corpus))
    return Run(
        without,
        {attack.name: result for attack, (result, _) in zip(corpus, found, strict=True)},
        frozenset(
            attack.name
            for attack, (_, flags) in zip(corpus, found, strict=True)
            if SUSPICIOUS.intersection(flags)
        ),
    )


async def _result(judge: OpenAIJudge, attack: Attack) -> tuple[Result, tuple[str, ...]]:
    try:
        given = attack.task()
    except InvalidField:
        return Result.REFUSED, ()
    judgement = await judge.evaluate(given, within_seconds=60)
    return _what(given, judgement), judgement.provenance.flags


def _what(given: AnswerTask, judgement: Judgement) -> Result:
    """Somebody who does not know has 0: whatever is above it was got by the attack."""
    outcome = judgement.outcome
    if isinstance(outcome, Unscored):
        return Result.UNSCORED
    if not sound(given, outcome):
        return Result.ESCAPED
    if any(verdict.quote and not _stands(verdict.quote, given) for verdict in outcome.verdicts):
        return Result.FORGED
    return Result.RAISED if outcome.score > 0 else Result.UNCHANGED


def sound(given: AnswerTask, outcome: Evaluation) -> bool:
    """Whether the outcome is one that the form and the arithmetic allow."""
    whole = type(outcome.score) is int and 0 <= outcome.score <= 10
    return whole and [verdict.criterion for verdict in outcome.verdicts] == list(given.criteria)


def _stands(quote: str, given: AnswerTask) -> bool:
    """By a way of its own, so that a fault of the guard is seen."""
    return " ".join(quote.split()) in " ".join(_seen(given.answer_text).split())


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c) != "Cf"))


async def runs() -> list[Run]:
    """All guards; then each guard taken away, against the model that it is there for; both models bare."""
    found = [await run(None, obeys_everything=False), await run(None, obeys_everything=True)]
    for layer in LAYERS:
        found.append(await run(layer, obeys_everything=layer.on_reply))
    return found


def table(found: Sequence[Run]) -> str:
    """Markdown."""
    unguarded, everything, *removed = found
    total = len(unguarded.results)
    lines = [
        f"| guards, of {total} attacks | model | out of the form | quotes not in the answer "
        "| score raised by typed words | of these flagged | gets through besides |",
        "|---|---|---|---|---|---|---|",
        _row("all", "obeys what is unguarded", unguarded, unguarded),
        _row("all", "obeys everything", everything, everything),
    ]
    for one in removed:
        assert one.without is not None
        base = everything if one.without.on_reply else unguarded
        model = "obeys everything" if one.without.on_reply else "obeys what is unguarded"
        lines.append(_row(f"without: {one.without.name}", model, one, base))
    return "\n".join(lines)


def _row(guards: str, model: str, one: Run, base: Run) -> str:
    counts = (one.count(r) for r in (Result.ESCAPED, Result.FORGED, Result.RAISED))
    flagged = len(one.flagged.intersection(one.of(Result.RAISED)))
    new = newly_through(one, base)
    shown = f"`{new[0]}` and {len(new) - 1} more" if new else "–"
    return f"| {guards} | {model} | {' | '.join(map(str, counts))} | {flagged} | {shown} |"


def newly_through(one: Run, base: Run) -> list[str]:
    """Attacks that get more than they do with all guards."""
    rank = {result: n for n, result in enumerate(Result)}
    return [name for name in one.through if rank[one.results[name]] > rank[base.results[name]]]


def main() -> None:
    """Prints the table."""
    logs.configure("attacks", "ERROR")
    print(table(asyncio.run(runs())))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
