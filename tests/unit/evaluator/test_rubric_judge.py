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
    Language,
    Turn,
    Unscored,
    UnscoredReason,
    Verdict,
)
from services.evaluator.judge import FollowUpUnsupported
from services.evaluator.quotes import visible
from services.evaluator.rubric_judge import RubricJudge
from tests.unit.evaluator.rubric_answers import (
    EN_BAD,
    EN_CRITERIA,
    EN_GOOD,
    EN_MIDDLING,
    EN_QUESTION,
    RU_BAD,
    RU_CRITERIA,
    RU_GOOD,
    RU_MIDDLING,
    RU_QUESTION,
    evaluated,
    judged,
)


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


WORDLESS = tuple(map(Criterion, ("===", "...", "\N{SNAKE}", "\u200b")))


async def test_a_criterion_without_words_is_left_out_of_score_and_verdicts() -> None:
    """Nobody can say whether it is met: the others count as if it were not there, and a flag tells."""
    with_it = await judged(RU_MIDDLING, criteria=(*WORDLESS, *RU_CRITERIA))
    without = await judged(RU_MIDDLING)
    assert with_it.outcome == without.outcome
    assert with_it.provenance.flags == ("criterion_without_words",)
    assert without.provenance.flags == ()


@pytest.mark.parametrize("criterion", WORDLESS)
async def test_criteria_without_words_alone_give_no_score(criterion: Criterion) -> None:
    """Not 0 of 10: there is nothing to judge by; with a reference it is judged by that."""
    judgement = await judged(RU_GOOD, criteria=(criterion,))
    assert isinstance(judgement.outcome, Unscored)
    assert judgement.outcome.reason is UnscoredReason.NOTHING_TO_JUDGE_BY
    assert judgement.provenance.flags == ("criterion_without_words",)
    by_reference = await judged(RU_GOOD, criteria=(criterion,), reference=RU_GOOD)
    assert isinstance(by_reference.outcome, Evaluation)
    assert by_reference.outcome.score == 10
    assert by_reference.provenance.flags == ("criterion_without_words", "criteria_from_reference")


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
