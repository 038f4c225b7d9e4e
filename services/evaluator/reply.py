"""What code makes of a filled form. Servers may ignore the schema, so everything is checked again."""

from collections.abc import Sequence

from services.common.errors import InvalidField
from services.evaluator.asking import InvalidReply
from services.evaluator.evaluation import (
    LONGEST_QUESTION,
    MOST_CRITERIA,
    AnswerTask,
    Criterion,
    CriterionVerdict,
    Evaluation,
    FollowUp,
    FollowUpTask,
    Language,
    Verdict,
)
from services.evaluator.evaluation_text import evaluation_text, unquoted_text
from services.evaluator.forms import (
    CriteriaForm,
    FollowUpForm,
    GivenForm,
    GivenVerdict,
    NamedForm,
    NamedVerdict,
    parsed,
)
from services.evaluator.questions import is_in, is_known, tells_the_score
from services.evaluator.quotes import find_quote, shortened
from services.evaluator.scoring import DEEP_FROM, Depth, MainPoint, coverage, model_score


class KnownQuestion(InvalidReply):
    """The question was asked before, or is prepared. `question` is what the model wrote."""

    def __init__(self, question: str) -> None:
        super().__init__("the question is known")
        self.question = question


QUOTE_NOT_IN_ANSWER = "quote_not_in_answer"
_LONGEST_REASON = 300
_FEWEST_DRAFTED = 2
_LONGEST_QUOTE = 500
_KEY_POINTS_BY_MODEL = range(2, 6)
_KEY_POINTS_OF_REFERENCE = range(1, 9)
_DEPTHS = {"none": Depth.NONE, "explains_why": Depth.EXPLAINS_WHY, "shows_practice": Depth.SHOWS_PRACTICE}


def evaluation_of(task: AnswerTask, answer: str, content: str) -> tuple[Evaluation, tuple[str, ...]]:
    """The evaluation, its score computed here, and the flags it deserves. Raises InvalidReply.

    `answer` is what the model was shown: quotes are looked up in it.
    """
    form: GivenForm | NamedForm
    if task.criteria:
        form = parsed(GivenForm, content)
        judged = _on_given(task.criteria, form.verdicts)
    else:
        form = parsed(NamedForm, content)
        judged = _on_named(bool(task.reference_answer.strip()), form.verdicts)
    verdicts = tuple(_checked(task.language, answer, criterion, one) for criterion, one in judged)
    depth_quote = find_quote(form.depth_quote, answer)
    depth = _DEPTHS[form.depth] if depth_quote else Depth.NONE
    unquoted = any(v.verdict.value != one.verdict for v, (_, one) in zip(verdicts, judged, strict=True))
    flags = (QUOTE_NOT_IN_ANSWER,) if unquoted or (form.depth != "none" and not depth_quote) else ()
    return _scored(task.language, verdicts, depth, MainPoint(form.main_point)), flags


def follow_up_of(task: FollowUpTask, content: str) -> FollowUp:
    """The question and its criteria. Raises InvalidReply; KnownQuestion where it was asked before."""
    form = parsed(FollowUpForm, content)
    question = " ".join(form.question.split())
    if not 0 < len(question) <= LONGEST_QUESTION or not question.isprintable():
        raise InvalidReply("the question is empty, too long or not printable")
    if not is_in(task.language, question):
        raise InvalidReply("the question is in another language")
    if tells_the_score(question):
        raise InvalidReply("the question tells how an answer was judged")
    if is_known(question, (*task.known_questions, *(turn.question_text for turn in task.turns))):
        raise KnownQuestion(question)
    return FollowUp(question, _criteria(form.criteria, task.language))


def criteria_of(language: Language, content: str) -> tuple[Criterion, ...]:
    """What a question's answers are judged by: 2 to 12. Raises InvalidReply."""
    criteria = _criteria(parsed(CriteriaForm, content).criteria, language)
    if len(criteria) < _FEWEST_DRAFTED:
        raise InvalidReply("only one criterion")
    return criteria


def _criteria(texts: Sequence[str], language: Language) -> tuple[Criterion, ...]:
    criteria = tuple(_criterion(text) for text in texts)
    if not 1 <= len(criteria) <= MOST_CRITERIA:
        raise InvalidReply(f"{len(criteria)} criteria for a question")
    if len({criterion.text.casefold() for criterion in criteria}) != len(criteria):
        raise InvalidReply("a criterion stands there twice")
    if not is_in(language, " ".join(texts)):
        raise InvalidReply("the criteria are in another language")
    return criteria


def _scored(
    language: Language, verdicts: tuple[CriterionVerdict, ...], depth: Depth, main_point: MainPoint
) -> Evaluation:
    covered = coverage(verdicts)
    score = model_score(covered, depth, main_point)
    counted = depth if covered >= DEEP_FROM and main_point is MainPoint.RIGHT else Depth.NONE
    return Evaluation(
        score, evaluation_text(language, score, verdicts, main_point=main_point, depth=counted), verdicts
    )


def _on_given(
    criteria: Sequence[Criterion], verdicts: Sequence[GivenVerdict]
) -> list[tuple[Criterion, GivenVerdict | NamedVerdict]]:
    by_number = {one.criterion_number: one for one in verdicts}
    if len(verdicts) != len(criteria) or by_number.keys() != set(range(1, len(criteria) + 1)):
        raise InvalidReply(f"verdicts are not one for each of {len(criteria)} criteria")
    return [(criterion, by_number[number]) for number, criterion in enumerate(criteria, start=1)]


def _on_named(
    has_reference: bool, verdicts: Sequence[NamedVerdict]
) -> list[tuple[Criterion, GivenVerdict | NamedVerdict]]:
    allowed = _KEY_POINTS_OF_REFERENCE if has_reference else _KEY_POINTS_BY_MODEL
    if len(verdicts) not in allowed:
        raise InvalidReply(f"{len(verdicts)} key points were named")
    named = [(_criterion(one.criterion), one) for one in verdicts]
    if len({criterion.text.casefold() for criterion, _ in named}) != len(named):
        raise InvalidReply("a key point was named twice")
    return list(named)


def _checked(
    language: Language, answer: str, criterion: Criterion, one: GivenVerdict | NamedVerdict
) -> CriterionVerdict:
    """What is shown needs words that stand in the answer; else it is not shown, whatever the model says."""
    verdict = Verdict(one.verdict)
    if verdict is Verdict.NOT_MET:
        return CriterionVerdict(criterion, verdict, reason=_line(one.reason))
    quote = find_quote(one.quote, answer)[:_LONGEST_QUOTE].rstrip()
    if not quote:
        return CriterionVerdict(criterion, Verdict.NOT_MET, reason=unquoted_text(language))
    return CriterionVerdict(criterion, verdict, quote, _line(one.reason))


def _criterion(text: str) -> Criterion:
    try:
        return Criterion(" ".join(text.split()))
    except InvalidField as error:
        raise InvalidReply(f"a criterion's {error.field} {error.why}") from None


def _line(text: str) -> str:
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return shortened(text, _LONGEST_REASON)
