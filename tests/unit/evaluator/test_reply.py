"""What code makes of a model's form, whatever the model wrote into it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.asking import InvalidReply, ReplyNotTheForm
from services.evaluator.evaluation import AnswerTask, Criterion, FollowUpTask, Language, Turn, Verdict
from services.evaluator.forms import (
    FOLLOW_UP,
    GIVEN_CRITERIA,
    NAMED_CRITERIA,
    CriteriaForm,
    GivenForm,
    parsed,
)
from services.evaluator.reply import evaluation_of, follow_up_of

ANSWER = "Кортеж неизменяем, потому что так проще хешировать. В проде мы держали в нём ключи кеша."


def task(criteria: int = 2, reference: str = "") -> AnswerTask:
    listed = tuple(Criterion(f"критерий {n}") for n in range(criteria))
    return AnswerTask(Language.RU, "Python", "Что такое кортеж?", ANSWER, 1, listed, reference)


def verdict(number: int, kind: str = "met", quote: str = "Кортеж неизменяем") -> dict[str, Any]:
    return {"criterion_number": number, "quote": quote, "reason": "сказано", "verdict": kind}


def named(text: str) -> dict[str, Any]:
    return {"criterion": text, "quote": "Кортеж неизменяем", "reason": "сказано", "verdict": "met"}


def form(*verdicts: dict[str, Any], **changed: object) -> str:
    whole = {"verdicts": verdicts, "main_point": "right", "depth_quote": "", "depth": "none"}
    return json.dumps(whole | changed, ensure_ascii=False)


def test_verdicts_may_come_in_any_order() -> None:
    """They go to their criteria by number."""
    evaluation, flags = evaluation_of(task(), ANSWER, form(verdict(2, "not_met"), verdict(1)))
    assert [v.criterion.text for v in evaluation.verdicts] == ["критерий 0", "критерий 1"]
    assert [v.verdict for v in evaluation.verdicts] == [Verdict.MET, Verdict.NOT_MET]
    assert (evaluation.score, flags) == (4, ())


@pytest.mark.parametrize(
    ("depth", "quote", "main_point", "score"),
    [
        ("shows_practice", "В проде мы держали в нём ключи кеша", "right", 10),
        ("explains_why", "потому что так проще хешировать", "right", 9),
        ("none", "", "right", 8),
        ("shows_practice", "", "right", 8),
        ("shows_practice", "В проде мы держали в нём ключи кеша", "wrong", 3),
        ("shows_practice", "В проде мы держали в нём ключи кеша", "off_topic", 3),
    ],
)
def test_the_score_is_computed_from_verdicts_depth_and_main_point(
    depth: str, quote: str, main_point: str, score: int
) -> None:
    """All criteria met; the rest follows the formula."""
    content = form(verdict(1), verdict(2), depth=depth, depth_quote=quote, main_point=main_point)
    assert evaluation_of(task(), ANSWER, content)[0].score == score


def test_a_score_that_the_model_offers_is_passed_over() -> None:
    """Further keys do no harm and have no effect."""
    content = form(verdict(1, "not_met"), verdict(2, "not_met"), score=10, hire=True)
    assert evaluation_of(task(), ANSWER, content)[0].score == 0


def test_a_quote_is_returned_as_it_stands_in_the_answer() -> None:
    """White space of the model's copy does not matter."""
    evaluation, flags = evaluation_of(task(1), ANSWER, form(verdict(1, quote="потому  что\nтак проще")))
    assert evaluation.verdicts[0].quote == "потому что так проще"
    assert flags == ()


@pytest.mark.parametrize("quote", ["Кортеж изменяем", "кортеж неизменяем", "", "…", "неизменя"])
def test_a_quote_that_does_not_stand_costs_its_criterion(quote: str) -> None:
    """Not met, with our reason instead of the model's, and a flag."""
    evaluation, flags = evaluation_of(task(1), ANSWER, form(verdict(1, quote=quote)))
    judged = evaluation.verdicts[0]
    assert (judged.verdict, judged.quote) == (Verdict.NOT_MET, "")
    assert "модель" in judged.reason
    assert (evaluation.score, flags) == (0, ("quote_not_in_answer",))


def test_what_is_not_met_has_no_quote_and_no_flag() -> None:
    """Words beside a criterion that is not met are dropped."""
    evaluation, flags = evaluation_of(task(1), ANSWER, form(verdict(1, "not_met", "forged")))
    assert evaluation.verdicts[0].quote == ""
    assert flags == ()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "[]",
        "{}",
        "10",
        "Оценка: 10",
        form(),
        form(verdict(1)),
        form(verdict(1), verdict(1)),
        form(verdict(0), verdict(1)),
        form(verdict(1), verdict(2), verdict(3)),
        form(verdict(1), verdict(2) | {"verdict": "MET"}),
        form(verdict(1), verdict(2) | {"criterion_number": "2"}),
        form(verdict(1), verdict(2) | {"criterion_number": 2.0}),
        form(verdict(1), verdict(2) | {"quote": None}),
        form(verdict(1), verdict(2), main_point="great"),
        form(verdict(1), verdict(2), depth=2),
        form(named("a"), named("b")),
        form(verdict(1), verdict(2))[:-1],
    ],
)
def test_a_form_that_is_not_whole_is_invalid(content: str) -> None:
    """Nothing is guessed, and the fault's text holds none of the reply's words."""
    with pytest.raises(InvalidReply) as fault:
        evaluation_of(task(), ANSWER, content)
    assert "Кортеж" not in str(fault.value)
    assert "Оценка" not in str(fault.value)


@pytest.mark.parametrize(("reference", "least", "most"), [("", 2, 5), ("Эталон.", 1, 8)])
def test_the_number_of_key_points_that_a_model_may_name_is_bounded(
    reference: str, least: int, most: int
) -> None:
    """2 to 5 of its own, 1 to 8 of a reference; neither fewer nor more."""
    given = task(0, reference)
    for count in (least, most):
        points = [named(f"мысль {n}") for n in range(count)]
        evaluation, _ = evaluation_of(given, ANSWER, form(*points))
        assert [v.criterion.text for v in evaluation.verdicts] == [p["criterion"] for p in points]
    for count in (least - 1, most + 1):
        with pytest.raises(InvalidReply):
            evaluation_of(given, ANSWER, form(*(named(f"мысль {n}") for n in range(count))))


@pytest.mark.parametrize("text", ["", " ", "x" * 501, "a\x00b"])
def test_a_key_point_obeys_the_limits_of_a_criterion(text: str) -> None:
    """1 to 500 characters without control characters, each once."""
    with pytest.raises(InvalidReply):
        evaluation_of(task(0), ANSWER, form(named("мысль"), named(text)))
    with pytest.raises(InvalidReply):
        evaluation_of(task(0), ANSWER, form(named("мысль"), named("Мысль")))


def test_reasons_are_cut_and_made_printable() -> None:
    """What the model writes beside a verdict can neither break lines nor fill the report."""
    content = form(verdict(1, "partly_met") | {"reason": "a\x1b[31m\n" + "b" * 5000})
    evaluation, _ = evaluation_of(task(1), ANSWER, content)
    assert evaluation.verdicts[0].reason.isprintable()
    assert len(evaluation.verdicts[0].reason) <= 300
    assert len(evaluation.text) <= 4_000


texts = st.text(max_size=40)
kinds = st.sampled_from(["met", "partly_met", "not_met", "MET", ""])
forms = st.fixed_dictionaries(
    {
        "verdicts": st.lists(
            st.fixed_dictionaries(
                {
                    "criterion_number": st.integers(-1, 4) | texts | st.none(),
                    "quote": st.sampled_from(["Кортеж", "Кортеж неизменяем", "forged"]) | texts,
                    "reason": texts,
                    "verdict": kinds,
                }
            ),
            max_size=4,
        ),
        "main_point": st.sampled_from(["right", "wrong", "off_topic", "x"]),
        "depth_quote": texts | st.just("В проде"),
        "depth": st.sampled_from(["none", "explains_why", "shows_practice", "deep"]),
    }
)


@settings(deadline=None)
@given(forms)
def test_whatever_the_model_writes_the_evaluation_is_sound_or_refused(written: dict[str, Any]) -> None:
    """Score in range, one verdict per criterion, each quote in the answer; else InvalidReply."""
    given_task = task(2)
    try:
        evaluation, _ = evaluation_of(given_task, ANSWER, json.dumps(written))
    except InvalidReply:
        return
    assert 0 <= evaluation.score <= 10
    assert [v.criterion for v in evaluation.verdicts] == list(given_task.criteria)
    for judged in evaluation.verdicts:
        assert judged.quote in ANSWER
        assert bool(judged.quote) == (judged.verdict is not Verdict.NOT_MET)


ASKED = FollowUpTask(Language.RU, "Python", 2, (Turn("Что такое кортеж?", "Не знаю."),))


def follow_up(question: object = "Что дальше?", criteria: object = ("мысль",)) -> str:
    return json.dumps({"question": question, "criteria": criteria})


def test_a_question_comes_with_its_criteria() -> None:
    """White space is folded; each criterion weighs 1."""
    made = follow_up_of(ASKED, follow_up(" Что\nдальше? ", ["а", "б"]))
    assert made.question_text == "Что дальше?"
    assert [(c.text, c.weight) for c in made.criteria] == [("а", 1), ("б", 1)]


@pytest.mark.parametrize(
    "content",
    [
        follow_up(""),
        follow_up(" \n "),
        follow_up("В" * 2001),
        follow_up("Что\x00?"),
        follow_up("What next?"),
        follow_up(7),
        follow_up(criteria=[]),
        follow_up(criteria=["к"] * 13),
        follow_up(criteria=[""]),
        follow_up(criteria=["к" * 501]),
        follow_up(criteria="критерий"),
        "{}",
        "нет",
    ],
)
def test_an_unusable_question_is_invalid(content: str) -> None:
    """Empty, too long, in another language, without criteria, or no form at all."""
    with pytest.raises(InvalidReply):
        follow_up_of(ASKED, content)


@pytest.mark.parametrize("response_format", [GIVEN_CRITERIA, NAMED_CRITERIA, FOLLOW_UP])
def test_schemas_obey_the_rules_of_strict_mode(response_format: dict[str, Any]) -> None:
    """Every object closes its properties and requires all of them; no keyword that strict mode refuses."""
    schema = response_format["json_schema"]
    assert schema["strict"] is True
    objects = [schema["schema"], *schema["schema"].get("$defs", {}).values()]
    for one in objects:
        assert one["additionalProperties"] is False
        assert set(one["required"]) == set(one["properties"])
    text = json.dumps(schema)
    for keyword in ("default", "minLength", "maxLength", "minimum", "maximum", "pattern", "anyOf"):
        assert f'"{keyword}"' not in text


@pytest.mark.parametrize(("kind", "key"), [(GivenForm, "verdicts"), (CriteriaForm, "criteria")])
def test_a_list_of_nonsense_is_read_to_its_first_entry(kind: type[Any], key: str) -> None:
    """However long it is: telling of 100,000 faults would hold all calls up."""
    content = json.dumps({key: [False] * 9, "main_point": "right", "depth_quote": "", "depth": "none"})
    with pytest.raises(ReplyNotTheForm, match=r"^1 faults"):
        parsed(kind, content)
