"""The JSON forms that a model fills in, and their schemas, built once."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, ValidationError

from services.evaluator.asking import ReplyNotTheForm


class Form(BaseModel):
    """Strict in types; further keys, which some servers add, are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", json_schema_extra={"additionalProperties": False})


class GivenVerdict(Form):
    """The verdict on a criterion that was given."""

    criterion_number: int
    quote: str
    reason: str
    verdict: Literal["met", "partly_met", "not_met"]


class NamedVerdict(Form):
    """The verdict on a key point that the model named."""

    criterion: str
    quote: str
    reason: str
    verdict: Literal["met", "partly_met", "not_met"]


V = TypeVar("V", GivenVerdict, NamedVerdict)
# The first bad entry ends the reading: a list of 100,000 of them would take seconds to tell of.
Texts = Annotated[list[str], FailFast()]


class EvaluationForm(Form, Generic[V]):
    """A whole judgement."""

    verdicts: Annotated[list[V], FailFast()]
    main_point: Literal["right", "wrong", "off_topic"]
    depth_quote: str
    depth: Literal["none", "explains_why", "shows_practice"]


class FollowUpForm(Form):
    """A question."""

    question: str
    criteria: Texts


class CriteriaForm(Form):
    """What a question's answers are judged by."""

    criteria: Texts


def _response_format(name: str, form: type[BaseModel]) -> dict[str, Any]:
    schema = {"name": name, "strict": True, "schema": form.model_json_schema()}
    return {"type": "json_schema", "json_schema": schema}


GivenForm = EvaluationForm[GivenVerdict]
NamedForm = EvaluationForm[NamedVerdict]

GIVEN_CRITERIA = _response_format("evaluation", GivenForm)
NAMED_CRITERIA = _response_format("evaluation_with_criteria", NamedForm)
FOLLOW_UP = _response_format("follow_up", FollowUpForm)
CRITERIA = _response_format("criteria", CriteriaForm)


F = TypeVar("F", bound=Form)


def parsed(form: type[F], content: str) -> F:
    """The filled form. Raises ReplyNotTheForm, which tells the place of the first fault, no content."""
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise ReplyNotTheForm(
            f"{error.error_count()} faults, the first: {first['type']} at {first['loc']}"
        ) from None
