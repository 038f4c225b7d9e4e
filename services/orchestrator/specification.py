"""What an interview is made of, as its caller gave it. Checked once, here; never changed after.

Limits are those of the design: a constructor raises InvalidField with the path of the offending field.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from services.common.errors import InvalidField
from services.common.fields import checked_range, checked_text

MAX_DIFFICULTY = 5
DEEPEST = 5
MOST_TOPICS = 20
MOST_FOLLOW_UPS = 20
MOST_QUESTIONS = 100
MOST_CRITERIA = 12
LONGEST_CANDIDATE_NAME = 200
LONGEST_ROOM_ID = 128
LONGEST_TOPIC_NAME = 100
LONGEST_QUESTION = 2_000
LONGEST_REFERENCE = 8_000
LONGEST_CRITERION = 500


class InterviewKind(Enum):
    """What an interview is held for; it decides the name of the report's file."""

    ROOM = "ROOM"
    TECHNICAL = "TECHNICAL"


class Language(Enum):
    """Language of questions, answers and evaluations."""

    RU = "ru"
    EN = "en"


class PolicyMode(Enum):
    """How the next question is chosen: by the answers, or every prepared one in order."""

    ADAPTIVE = "ADAPTIVE"
    AS_GIVEN = "AS_GIVEN"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a good answer says, with its share beside the others (0 < weight <= 100)."""

    text: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        checked_text("text", self.text, shortest=1, longest=LONGEST_CRITERION)
        if not 0 < self.weight <= 100:
            raise InvalidField("weight", f"must be above 0 and at most 100, is {self.weight}")


@dataclass(frozen=True, slots=True)
class PreparedQuestion:
    """A question of the caller. `difficulty` None: one step harder than the one before it."""

    text: str
    reference_answer: str = ""
    criteria: tuple[Criterion, ...] = ()
    difficulty: int | None = None

    def __post_init__(self) -> None:
        checked_text("text", self.text, shortest=1, longest=LONGEST_QUESTION)
        checked_text("reference_answer", self.reference_answer, longest=LONGEST_REFERENCE)
        if len(self.criteria) > MOST_CRITERIA:
            raise InvalidField("criteria", f"at most {MOST_CRITERIA}, there are {len(self.criteria)}")
        if self.difficulty is not None:
            checked_range("difficulty", self.difficulty, 1, MAX_DIFFICULTY)


@dataclass(frozen=True, slots=True)
class Topic:
    """A start question and further prepared ones, in their order."""

    name: str
    start_question: PreparedQuestion
    follow_ups: tuple[PreparedQuestion, ...] = ()

    def __post_init__(self) -> None:
        checked_text("name", self.name, shortest=1, longest=LONGEST_TOPIC_NAME)
        if len(self.follow_ups) > MOST_FOLLOW_UPS:
            raise InvalidField("follow_ups", f"at most {MOST_FOLLOW_UPS}, there are {len(self.follow_ups)}")

    def questions(self) -> Iterator[tuple[str, PreparedQuestion]]:
        """Every question with its path inside the topic."""
        yield "start_question", self.start_question
        for i, question in enumerate(self.follow_ups):
            yield f"follow_ups[{i}]", question


@dataclass(frozen=True, slots=True)
class Policy:
    """How the next question is chosen."""

    mode: PolicyMode = PolicyMode.ADAPTIVE
    min_score_threshold: int = 7
    max_depth: int = 3
    max_questions: int = 20

    def __post_init__(self) -> None:
        checked_range("min_score_threshold", self.min_score_threshold, 0, 10)
        checked_range("max_depth", self.max_depth, 0, DEEPEST)
        checked_range("max_questions", self.max_questions, 1, MOST_QUESTIONS)


@dataclass(frozen=True, slots=True)
class EmotionConsent:
    """The candidate's agreement that emotions may be read from pictures."""

    given_by: str
    given_at: datetime
    text_version: str

    def __post_init__(self) -> None:
        checked_text("given_by", self.given_by, shortest=1, longest=200)
        checked_text("text_version", self.text_version, shortest=1, longest=100)


@dataclass(frozen=True, slots=True)
class Specification:
    """Everything an interview is made of."""

    kind: InterviewKind
    candidate_name: str
    topics: tuple[Topic, ...]
    room_id: str = ""
    language: Language = Language.RU
    policy: Policy = Policy()
    emotion_consent: EmotionConsent | None = None

    def __post_init__(self) -> None:
        checked_text("candidate_name", self.candidate_name, shortest=1, longest=LONGEST_CANDIDATE_NAME)
        self._check_room()
        self._check_topics()
        self._check_budget()

    def _check_room(self) -> None:
        if self.kind is InterviewKind.ROOM:
            checked_text("room_id", self.room_id, shortest=1, longest=LONGEST_ROOM_ID)
        elif self.room_id:
            raise InvalidField("room_id", "must be empty for a TECHNICAL interview")

    def _check_topics(self) -> None:
        if not 1 <= len(self.topics) <= MOST_TOPICS:
            raise InvalidField("topics", f"must be 1 to {MOST_TOPICS}, there are {len(self.topics)}")
        names: dict[str, str] = {}
        texts: dict[str, str] = {}
        for i, topic in enumerate(self.topics):
            _once(names, topic.name, f"topics[{i}].name")
            for path, question in topic.questions():
                _once(texts, question.text, f"topics[{i}].{path}.text")

    def _check_budget(self) -> None:
        needed, what = len(self.topics), "topics"
        if self.policy.mode is PolicyMode.AS_GIVEN:
            needed, what = sum(1 + len(topic.follow_ups) for topic in self.topics), "prepared questions"
        if needed > self.policy.max_questions:
            raise InvalidField(
                "policy.max_questions", f"is {self.policy.max_questions}, fewer than the {needed} {what}"
            )


def same_text(text: str) -> str:
    """What two questions have in common that are the same but for case and white space."""
    return " ".join(text.casefold().split())


def _once(seen: dict[str, str], text: str, path: str) -> None:
    first = seen.setdefault(same_text(text), path)
    if first != path:
        raise InvalidField(path, f"is the same as {first}")
