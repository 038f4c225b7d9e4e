"""The evaluator's nouns."""

from dataclasses import dataclass
from enum import Enum

from services.common.errors import InvalidField
from services.common.fields import checked_range, checked_text, without_control_characters

RUBRIC_VERSION = "6"
"""Version of the rules that make a score: raised with any change that moves scores."""

LONGEST_TEXT = 4_000
LONGEST_QUESTION = 2_000
LONGEST_REFERENCE = 8_000
LONGEST_CRITERION = 500
LONGEST_TOPIC = 100
MOST_CRITERIA = 12
MOST_TURNS = 100
MOST_KNOWN_QUESTIONS = 1_000
LONGEST_ANSWER_BYTES = 32 * 1024


class Language(Enum):
    """The language of questions, answers and evaluation texts."""

    RU = "ru"
    EN = "en"


class Verdict(Enum):
    """What one criterion came to."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"


class UnscoredReason(Enum):
    """Why an answer will never have a score."""

    REFUSED = "REFUSED"
    FILTERED = "FILTERED"
    INVALID_REPLY = "INVALID_REPLY"
    NOTHING_TO_JUDGE_BY = "NOTHING_TO_JUDGE_BY"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a good answer says; `weight` is its share beside the others, above 0, at most 100."""

    text: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        checked_text("text", self.text, shortest=1, longest=LONGEST_CRITERION)
        checked_range("weight", self.weight, 0.0, 100.0)
        if self.weight == 0:
            raise InvalidField("weight", "must be above 0")


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the topic and its answer; the answer is empty where the candidate passed."""

    question_text: str
    answer_text: str

    def __post_init__(self) -> None:
        checked_text("question_text", self.question_text, shortest=1, longest=LONGEST_QUESTION)
        _check_answer(self.answer_text)


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """Everything a judge is given about one answer. There is no place for a name, an emotion or a frame."""

    language: Language
    topic: str
    question_text: str
    answer_text: str
    difficulty: int
    criteria: tuple[Criterion, ...] = ()
    reference_answer: str = ""
    earlier_turns: tuple[Turn, ...] = ()

    def __post_init__(self) -> None:
        checked_text("topic", self.topic, shortest=1, longest=LONGEST_TOPIC)
        checked_text("question_text", self.question_text, shortest=1, longest=LONGEST_QUESTION)
        if not self.answer_text.strip():
            raise InvalidField("answer_text", "must not be empty")
        _check_answer(self.answer_text)
        checked_range("difficulty", self.difficulty, 1, 5)
        check_count("criteria", len(self.criteria), MOST_CRITERIA)
        checked_text("reference_answer", self.reference_answer, longest=LONGEST_REFERENCE)
        check_count("earlier_turns", len(self.earlier_turns), MOST_TURNS)


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """How one criterion was judged; `quote` stands in the answer and is empty where nothing shows it."""

    criterion: Criterion
    verdict: Verdict
    quote: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A score, 0 to 10, and what it rests on."""

    score: int
    text: str
    verdicts: tuple[CriterionVerdict, ...]


@dataclass(frozen=True, slots=True)
class Unscored:
    """No score, and why; `detail` is one line in the interview's language."""

    reason: UnscoredReason
    detail: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a result came about."""

    judge: str
    input_hash: str
    duration_seconds: float
    model: str = ""
    prompt_version: str = ""
    rubric_version: str = RUBRIC_VERSION
    input_tokens: int = 0
    output_tokens: int = 0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge made of an answer."""

    outcome: Evaluation | Unscored
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FollowUpTask:
    """What the next question of a topic must fit to. `last_verdicts` are those of the last turn's answer."""

    language: Language
    topic: str
    difficulty: int
    turns: tuple[Turn, ...]
    last_verdicts: tuple[CriterionVerdict, ...] = ()
    known_questions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_text("topic", self.topic, shortest=1, longest=LONGEST_TOPIC)
        checked_range("difficulty", self.difficulty, 1, 5)
        if not self.turns:
            raise InvalidField("turns", "must hold at least one turn")
        check_count("turns", len(self.turns), MOST_TURNS)
        check_count("last_verdicts", len(self.last_verdicts), MOST_CRITERIA)
        check_count("known_questions", len(self.known_questions), MOST_KNOWN_QUESTIONS)
        for index, question in enumerate(self.known_questions):
            checked_text(f"known_questions[{index}]", question, shortest=1, longest=LONGEST_QUESTION)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question and what a good answer to it says."""

    question_text: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class DraftTask:
    """A question that nobody wrote criteria for."""

    language: Language
    topic: str
    question_text: str
    difficulty: int
    reference_answer: str = ""

    def __post_init__(self) -> None:
        checked_text("topic", self.topic, shortest=1, longest=LONGEST_TOPIC)
        checked_text("question_text", self.question_text, shortest=1, longest=LONGEST_QUESTION)
        checked_range("difficulty", self.difficulty, 1, 5)
        checked_text("reference_answer", self.reference_answer, longest=LONGEST_REFERENCE)


def check_count(name: str, count: int, most: int) -> None:
    """Raises InvalidField where a repeated field has too many entries."""
    if count > most:
        raise InvalidField(name, f"must have at most {most} entries, has {count}")


def _check_answer(text: str) -> None:
    size = len(text.encode())
    if size > LONGEST_ANSWER_BYTES:
        raise InvalidField("answer_text", f"must have at most {LONGEST_ANSWER_BYTES:,} bytes, has {size:,}")
    without_control_characters("answer_text", text)
