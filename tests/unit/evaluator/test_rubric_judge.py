"""The rubric judge tells good, middling and bad answers apart, says why, and takes nothing for granted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.clock import SystemClock
from services.common.errors import DomainError
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    Evaluation,
    FollowUpTask,
    FollowUpUnsupported,
    Judgement,
    Language,
    Turn,
    Unscored,
    UnscoredReason,
    Verdict,
)
from services.evaluator.quotes import visible
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


@pytest.mark.parametrize(
    ("answer", "lowest", "highest"), [(RU_GOOD, 8, 10), (RU_MIDDLING, 4, 6), (RU_BAD, 0, 3)]
)
async def test_russian_answers_fall_into_their_bands(answer: str, lowest: int, highest: int) -> None:
    """A good answer has 8-10, a middling one 4-6, a bad one 0-3."""
    assert lowest <= (await evaluated(answer)).score <= highest


@pytest.mark.parametrize(
    ("answer", "lowest", "highest"), [(EN_GOOD, 8, 10), (EN_MIDDLING, 4, 6), (EN_BAD, 0, 3)]
)
async def test_english_answers_fall_into_their_bands(answer: str, lowest: int, highest: int) -> None:
    """A good answer has 8-10, a middling one 4-6, a bad one 0-3."""
    evaluation = await evaluated(answer, language=Language.EN, question=EN_QUESTION, criteria=EN_CRITERIA)
    assert lowest <= evaluation.score <= highest


async def test_a_reference_alone_is_taken_apart_into_key_points() -> None:
    """Each of its statements becomes a criterion, and the provenance says where the criteria come from."""
    reference = (
        "Транзакция выполняется целиком или не выполняется совсем. Свойства ACID: атомарность и изоляция."
    )
    judgement = await judged(
        "Это группа операций, которая выполняется целиком или откатывается.",
        question="Что такое транзакция?",
        criteria=(),
        reference=reference,
    )
    assert isinstance(judgement.outcome, Evaluation)
    kinds = [verdict.verdict for verdict in judgement.outcome.verdicts]
    assert kinds == [Verdict.MET, Verdict.NOT_MET]
    assert 4 <= judgement.outcome.score <= 8
    assert "эталоном в целом" in judgement.outcome.text
    assert judgement.provenance.flags == ("criteria_from_reference",)


async def test_a_criterion_may_be_shown_in_the_words_of_the_reference() -> None:
    """The reference says the criterion in other words; an answer in those words meets it."""
    criteria = (Criterion("Обратный порядок: LIFO"),)
    reference = "Стек работает в обратном порядке, LIFO: последний положенный элемент берут первым."
    answer = "Последний положенный элемент достают первым."
    alone = await evaluated(answer, question="Что такое стек?", criteria=criteria)
    helped = await evaluated(answer, question="Что такое стек?", criteria=criteria, reference=reference)
    assert alone.score == 0
    assert helped.score > 0


@pytest.mark.parametrize("reference", ["", "  \n", "— … !"])
async def test_without_criteria_and_reference_there_is_no_score(reference: str) -> None:
    """Nothing to judge by is said, not guessed around; the provenance is there all the same."""
    judgement = await judged(RU_GOOD, criteria=(), reference=reference)
    assert isinstance(judgement.outcome, Unscored)
    assert judgement.outcome.reason is UnscoredReason.NOTHING_TO_JUDGE_BY
    assert judgement.outcome.detail
    assert judgement.provenance.judge == "rubric"


async def test_repeating_the_question_earns_nothing() -> None:
    """Copied question text is not counted, alone or around "I don't know", and is flagged."""
    criteria = (Criterion("Список отличается от кортежа"),)
    judgement = await judged(f"{RU_QUESTION} Не знаю.", criteria=criteria)
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score == 0
    assert "question_copied" in judgement.provenance.flags


@pytest.mark.parametrize(
    "answer",
    [
        "Потоки не выполняют байткод параллельно.",
        "Байткод никогда не выполняется потоками параллельно.",
        "Это не значит, что потоки выполняют байткод параллельно.",
        "Нельзя сказать, чтобы потоки выполняли байткод параллельно.",
    ],
)
async def test_a_negated_statement_does_not_meet_a_criterion(answer: str) -> None:
    """What is said with a "not" is not shown, and the reason says so."""
    criteria = (Criterion("Потоки выполняют байткод параллельно"),)
    plain = await evaluated("Потоки выполняют байткод параллельно.", question="GIL?", criteria=criteria)
    negated = await evaluated(answer, question="GIL?", criteria=criteria)
    assert plain.verdicts[0].verdict is Verdict.MET
    assert negated.verdicts[0].verdict is Verdict.NOT_MET
    assert "отрицанием" in negated.verdicts[0].reason


@pytest.mark.parametrize(
    "answer",
    [
        "You must not rebase pushed branches.",
        "Never rebase a branch that was pushed.",
        "I wouldn't rebase pushed branches.",
    ],
)
async def test_a_criterion_that_denies_is_met_by_a_denial(answer: str) -> None:
    """A "not" on both sides agrees, however it is put."""
    criteria = (Criterion("Pushed branches are not rebased"),)
    evaluation = await evaluated(answer, language=Language.EN, question="Rules?", criteria=criteria)
    assert evaluation.verdicts[0].verdict is Verdict.MET


@pytest.mark.parametrize(
    "answer",
    [
        "Индекс не только ускоряет чтение.",
        "Индекс ускоряет чтение, а запись не ускоряет.",
        "Не знаю про запись, но индекс ускоряет чтение.",
    ],
)
async def test_a_negation_of_something_else_takes_nothing_away(answer: str) -> None:
    """ "Не только A, но и B" says A; "A, но не B" says A."""
    criteria = (Criterion("Индекс ускоряет чтение"),)
    evaluation = await evaluated(answer, question="Зачем?", criteria=criteria)
    assert evaluation.verdicts[0].verdict is Verdict.MET


async def test_what_is_said_of_the_other_thing_does_not_count() -> None:
    """Who swaps the two things that are compared has said nothing right, and the reason says why."""
    question = "What is the difference between TCP and UDP?"
    criteria = (
        Criterion("TCP guarantees delivery and order"),
        Criterion("UDP has less overhead and lower latency"),
    )
    right = (
        "TCP guarantees that everything is delivered in order, and UDP has a lower latency and less overhead."
    )
    swapped = (
        "UDP guarantees that everything is delivered in order, and TCP has a lower latency and less overhead."
    )
    english = {"language": Language.EN, "question": question, "criteria": criteria}
    assert (await evaluated(right, **english)).score == 10
    wrong = await evaluated(swapped, **english)
    assert wrong.score == 0
    assert "said of the other one" in wrong.verdicts[0].reason


@pytest.mark.parametrize(
    "answer",
    [
        "Список, кортеж, изменяемый, неизменяемый, ключ, словарь, хешируемый, память, меньше",
        "кортеж хешируемый ключ словарь изменяемый список неизменяемый память меньше занимает",
        "Мой ответ: список, кортеж, изменяемый, неизменяемый, ключ, словарь, хешируемый, память, меньше",
    ],
)
async def test_keywords_in_a_heap_show_little(answer: str) -> None:
    """The right words without a statement stay below half; the provenance and the reasons say why."""
    judgement = await judged(answer)
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score <= 3
    assert "words_listed" in judgement.provenance.flags
    assert any("перечислены" in verdict.reason for verdict in judgement.outcome.verdicts)


async def test_a_list_answers_a_question_that_asks_for_one() -> None:
    """ "Name …" wants words in a row."""
    judgement = await judged(
        "Atomicity, consistency, isolation, durability; also known as ACID",
        language=Language.EN,
        question="Name the properties of a transaction.",
        criteria=(Criterion("atomicity and consistency"), Criterion("isolation and durability")),
    )
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score == 10
    assert "words_listed" not in judgement.provenance.flags


async def test_one_of_the_synonyms_of_a_criterion_is_enough() -> None:
    """Words joined by a slash stand for each other."""
    criteria = (Criterion("Мьютекс/блокировка/лок защищает общие данные"),)
    for word in ("Мьютекс", "Блокировка", "Лок"):
        assert (
            await evaluated(f"{word} защищает общие данные.", question="Зачем?", criteria=criteria)
        ).score == 10


async def test_fewer_things_than_the_reference_has_are_enough_where_fewer_are_asked_for() -> None:
    """ "Name two of …" is not held against all eight of the reference."""
    things = (
        "Faster reads from memory. Smaller disks for archives. Cheaper backups at night. Simple failover. "
        "Better compression of columns. Shorter queries with views. Safer upgrades by stages. Access control."
    )
    answer = "Reads from memory get faster, and the failover is simple."
    given = {"language": Language.EN, "criteria": (), "reference": things}
    two = await evaluated(answer, question="Name two benefits.", **given)
    everything = await evaluated(answer, question="Name all the benefits.", **given)
    assert two.score >= 8
    assert everything.score < two.score


async def test_length_earns_nothing() -> None:
    """The same answer among idle sentences has the same score."""
    idle = " Работал я тогда в большой компании и многое увидел своими глазами. Было очень интересно. " * 8
    assert (await evaluated(RU_MIDDLING + idle)).score == (await evaluated(RU_MIDDLING)).score


async def test_antonyms_by_prefix_are_not_spellings() -> None:
    """ "mutable" does not show "immutable"."""
    criteria = (Criterion("immutable"),)
    evaluation = await evaluated("It is mutable.", language=Language.EN, question="Tuple?", criteria=criteria)
    assert evaluation.score == 0


async def test_misspelt_words_count() -> None:
    """One wrong letter in a long word does not cost the criterion."""
    criteria = (Criterion("атомарность транзакции"),)
    evaluation = await evaluated("атомарнасть транзакций", question="ACID?", criteria=criteria)
    assert evaluation.score == 10


async def test_weights_shift_the_score() -> None:
    """A criterion of weight 3 counts three times one of weight 1."""
    criteria = (Criterion("атомарность", 3), Criterion("изолированность", 1))
    assert (await evaluated("атомарность", question="ACID?", criteria=criteria)).score == 8
    assert (await evaluated("изолированность", question="ACID?", criteria=criteria)).score == 3


async def test_the_text_names_what_was_found_and_what_is_missing_in_the_interviews_language() -> None:
    """Score, criteria found with the candidate's words, criteria missing."""
    russian = await evaluated(RU_MIDDLING)
    assert russian.text.startswith(f"Ответ верен частично: {russian.score} из 10.")
    assert "Есть в ответе:\n- Список изменяемый, кортеж неизменяемый — «" in russian.text
    assert "Не хватает:\n- Кортеж занимает меньше памяти" in russian.text
    english = await evaluated(EN_BAD, language=Language.EN, question=EN_QUESTION, criteria=EN_CRITERIA)
    assert english.text.startswith("Incomplete or off the point: 0 out of 10.")
    assert "Missing:\n- Speeds up reads" in english.text


async def test_no_praise_hides_a_low_score() -> None:
    """A low score has no heading of things found, and no kind word."""
    text = (await evaluated(RU_BAD)).text
    assert "Есть" not in text
    assert not any(word in text.casefold() for word in ("хорош", "отлич", "сильн"))


async def test_the_text_is_at_most_4000_characters_long() -> None:
    """Twelve criteria of 500 characters and a long answer still make a text within the contract."""
    criteria = tuple(Criterion(f"слово{n} " * 62) for n in range(12))
    answer = " ".join(f"слово{n} " * 90 for n in range(12))
    evaluation = await evaluated(answer, criteria=criteria)
    assert len(evaluation.text) <= 4_000


async def test_equal_inputs_give_equal_results() -> None:
    """The judge is deterministic, and the hash names the input."""
    first, second = await judged(RU_MIDDLING), await judged(RU_MIDDLING)
    assert first.outcome == second.outcome
    assert first.provenance.input_hash == second.provenance.input_hash
    assert first.provenance.input_hash != (await judged(RU_GOOD)).provenance.input_hash


async def test_it_writes_no_questions() -> None:
    """FOLLOW_UP_UNSUPPORTED rather than a made-up question."""
    task = FollowUpTask(Language.RU, "Python", 2, (Turn(RU_QUESTION, RU_GOOD),))
    with pytest.raises(FollowUpUnsupported) as refused:
        await RubricJudge(SystemClock()).follow_up(task, within_seconds=60)
    assert refused.value.reason == "FOLLOW_UP_UNSUPPORTED"


texts = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300)


@settings(deadline=None)
@given(answer=texts, question=texts, criteria=st.lists(texts, max_size=4), reference=st.text(max_size=300))
async def test_whatever_comes_in_quotes_stand_in_the_answer_and_scores_in_their_range(
    answer: str, question: str, criteria: list[str], reference: str
) -> None:
    """Untrusted text breaks nothing; what is not met has no quote."""
    try:
        task = AnswerTask(
            Language.RU, "t", question, answer, 1, tuple(Criterion(text) for text in criteria), reference
        )
    except DomainError:
        return
    judgement = await RubricJudge(SystemClock()).evaluate(task, within_seconds=60)
    if isinstance(judgement.outcome, Evaluation):
        assert 0 <= judgement.outcome.score <= 10
        assert len(judgement.outcome.text) <= 4_000
        for verdict in judgement.outcome.verdicts:
            assert bool(verdict.quote) == (verdict.verdict is not Verdict.NOT_MET)
            assert verdict.quote in visible(answer)
