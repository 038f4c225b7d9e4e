"""Parameters that servers refuse, and forms in prose."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.asking import Ask, ReplyNotTheForm
from services.evaluator.dialect import Capabilities, Dialect, Format, Refusal
from services.evaluator.extraction import extracted
from services.evaluator.forms import FOLLOW_UP

ASK: Ask[str] = Ask(
    [{"role": "system", "content": "Judge."}, {"role": "user", "content": "{}"}], FOLLOW_UP, "The form:", str
)


def body(dialect: Dialect) -> dict[str, Any]:
    return dialect.body("m", ASK, dialect.formats()[0])


@pytest.mark.parametrize(
    ("refusal", "gone"),
    [
        (Refusal(400, "unsupported_value", "temperature", ""), "temperature"),
        (Refusal(422, "", "", "{'loc': ['body', 'seed'], 'msg': 'extra fields not permitted'}"), "seed"),
        (Refusal(400, "", "", "Unrecognized request argument supplied: seed"), "seed"),
        (Refusal(400, "unsupported_parameter", "max_tokens", ""), "max_tokens"),
    ],
)
def test_what_a_refusal_names_is_left_out(refusal: Refusal, gone: str) -> None:
    """By its parameter or by its words; everything else stays."""
    dialect = Dialect(Capabilities(max_tokens=100))
    before = body(dialect)
    assert dialect.gives_up(refusal, before)
    after = body(dialect)
    assert set(before) - set(after) == {gone}
    assert dialect.gives_up(refusal, before), "another call that sent it too tries without it"
    assert not dialect.gives_up(refusal, after), "what is not sent cannot be given up"


def test_a_bound_of_tokens_goes_under_its_other_name_and_then_for_good() -> None:
    """max_tokens, max_completion_tokens, none."""
    dialect = Dialect(Capabilities(max_tokens=100))
    dialect.gives_up(Refusal(400, "", "max_tokens", ""), body(dialect))
    assert body(dialect)["max_completion_tokens"] == 100
    dialect.gives_up(Refusal(400, "", "max_completion_tokens", ""), body(dialect))
    assert not {"max_tokens", "max_completion_tokens"} & set(body(dialect))


def test_a_refusal_of_something_else_gives_nothing_up() -> None:
    """It is the operator's to mend."""
    dialect = Dialect(Capabilities())
    before = body(dialect)
    assert not dialect.gives_up(Refusal(400, "invalid_value", "messages", "too many messages"), before)
    assert body(dialect) == before


def test_a_format_that_a_slower_call_still_asked_for_is_not_gone_back_to() -> None:
    """Two calls refused in json_schema go down one step together, not two."""
    dialect = Dialect(Capabilities())
    first = second = body(dialect)
    refusal = Refusal(400, "", "response_format", "")
    assert dialect.gives_up(refusal, first)
    assert dialect.gives_up(refusal, second)
    assert dialect.format is Format.JSON_OBJECT
    assert dialect.body("m", ASK, Format.JSON_SCHEMA)["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("reply", "form"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('Here:\n```json\n{"a": {"b": "}"}}\n```\nDone.', '{"a": {"b": "}"}}'),
        ('<think>maybe {"a": 2}</think>{"a": 1}', '{"a": 1}'),
        ('<think>{"a": 2}</thinking>{"a": 3}</think>{"a": 1}', '{"a": 1}'),
        ('<think>{}</think><reasoning>{}</reasoning>{"a": 1}', '{"a": 1}'),
        ('<think>never ends <reasoning>{}</reasoning>{"a": 1}', '{"a": 1}'),
        ('a {broken thing} and {"a": 1}', '{"a": 1}'),
    ],
)
def test_a_form_is_found_in_prose(reply: str, form: str) -> None:
    """Fences, kind words and thoughts are left out."""
    assert extracted(reply) == form


@pytest.mark.parametrize(
    "reply", ["", "8 of 10", "{", '{"a": 1} {"a": 2}', '[{"a": 1}, {"a": 2}]', "{" * 5_000]
)
def test_none_or_several_objects_are_no_form(reply: str) -> None:
    """Which of two would be meant cannot be known."""
    with pytest.raises(ReplyNotTheForm):
        extracted(reply)


def test_braces_that_begin_no_object_are_passed_over_up_to_a_number() -> None:
    """Code in the prose is passed over; a heap of braces is not searched, each try may read all of it."""
    assert extracted("{ " * 16 + '{"a": 1}') == '{"a": 1}'
    with pytest.raises(ReplyNotTheForm, match="too many braces"):
        extracted("{ " * 17 + '{"a": 1}')


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_any_reply_is_read_or_refused(reply: str) -> None:
    """Nothing else is raised, whatever a model writes."""
    try:
        extracted(reply)
    except ReplyNotTheForm:
        return
