"""Answers to two questions, and what the rubric judge makes of any."""

from services.common.clock import SystemClock
from services.evaluator.evaluation import AnswerTask, Criterion, Evaluation, Judgement, Language
from services.evaluator.rubric_judge import RubricJudge

RU_QUESTION = "Чем список отличается от кортежа в Python?"
RU_CRITERIA = (
    Criterion("Список изменяемый, кортеж неизменяемый"),
    Criterion("Кортеж может быть ключом словаря, потому что он хешируемый"),
    Criterion("Кортеж занимает меньше памяти"),
)
RU_GOOD = (
    "Список изменяемый: можно добавлять и удалять элементы, а кортеж неизменяемый. Поэтому кортеж "
    "хешируется и годится в ключи словаря. Ещё кортежи занимают немного меньше памяти."
)
RU_MIDDLING = "Список можно менять, он изменяемый, а кортеж нет. Кортежи хешируемые."
RU_BAD = "Не знаю точно, по-моему это почти одно и то же, я беру что придётся."

EN_QUESTION = "What does an index in a database do?"
EN_CRITERIA = (
    Criterion("Speeds up reads: rows are found without a scan of the whole table"),
    Criterion("Writes become slower, because the index is updated too"),
    Criterion("Usually a B-tree"),
)
EN_GOOD = (
    "Reads get faster because rows are found without scanning the whole table. The price is paid on writes: "
    "they are slower, since each index must be updated as well. Mostly it is a B-tree."
)
EN_MIDDLING = "It speeds up reads, rows are found without scanning the whole table. It is updated on writes."
EN_BAD = "I have worked with databases for years, mostly MySQL, and like them."


async def judged(
    answer: str,
    *,
    language: Language = Language.RU,
    question: str = RU_QUESTION,
    criteria: tuple[Criterion, ...] = RU_CRITERIA,
    reference: str = "",
) -> Judgement:
    task = AnswerTask(language, "Python", question, answer, 1, criteria, reference)
    return await RubricJudge(SystemClock()).evaluate(task, within_seconds=60)


async def evaluated(answer: str, **given: object) -> Evaluation:
    outcome = (await judged(answer, **given)).outcome  # type: ignore[arg-type]  # passed on as they are
    assert isinstance(outcome, Evaluation)
    return outcome
