"""What judges and cameras have to say about an answer, as nouns."""

import math
from dataclasses import dataclass
from enum import Enum

from services.common.errors import InvalidField
from services.common.fields import checked_range
from services.orchestrator.specification import MOST_CRITERIA, Language

LONGEST_EVALUATION = 4000


class UnscoredReason(Enum):
    """Why an answer will never have a score."""

    REFUSED = "REFUSED"
    FILTERED = "FILTERED"
    INVALID_REPLY = "INVALID_REPLY"
    NOTHING_TO_JUDGE_BY = "NOTHING_TO_JUDGE_BY"
    JUDGE_UNAVAILABLE = "JUDGE_UNAVAILABLE"
    INTERVIEW_CANCELLED = "INTERVIEW_CANCELLED"


class Verdict(Enum):
    """What one criterion came to."""

    MET = "MET"
    PARTLY_MET = "PARTLY_MET"
    NOT_MET = "NOT_MET"


class Emotion(Enum):
    """The seven emotions told apart, in the order they are always listed."""

    NEUTRAL = "neutral"
    HAPPINESS = "happiness"
    SADNESS = "sadness"
    ANGER = "anger"
    SURPRISE = "surprise"
    FEAR = "fear"
    DISGUST = "disgust"


class EmotionAbsence(Enum):
    """Why an answer that came with frames has no reading."""

    NO_FACE = "NO_FACE"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """How one criterion was judged, with words of the answer that show it."""

    criterion: str
    weight: float
    verdict: Verdict
    quote: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        checked_range("weight", self.weight, 0.0, 100.0)


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a score came about. `duration_seconds` runs from the first try to the result."""

    judge: str
    model: str = ""
    prompt_version: str = ""
    rubric_version: str = ""
    input_hash: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    duration_seconds: float = 0.0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A score, 0..10, and what it rests on."""

    score: int
    text: str
    verdicts: tuple[CriterionVerdict, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        checked_range("score", self.score, 0, 10)
        if len(self.text) > LONGEST_EVALUATION:
            raise InvalidField("text", f"at most {LONGEST_EVALUATION:,} characters, has {len(self.text):,}")
        if len(self.verdicts) > MOST_CRITERIA:
            raise InvalidField("verdicts", f"at most {MOST_CRITERIA}, there are {len(self.verdicts)}")


@dataclass(frozen=True, slots=True)
class Unscored:
    """No score for this very input, and why."""

    reason: UnscoredReason
    detail: str = ""
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class EmotionReading:
    """Mean probabilities of the accepted frames, in the order of Emotion; they add up to 1."""

    probabilities: tuple[float, ...]
    accepted_frames: int

    def __post_init__(self) -> None:
        if len(self.probabilities) != len(Emotion):
            raise InvalidField(
                "probabilities", f"must be {len(Emotion)}, there are {len(self.probabilities)}"
            )
        for probability in self.probabilities:
            checked_range("probabilities", probability, 0.0, 1.0)
        if not math.isclose(sum(self.probabilities), 1.0, abs_tol=0.01):
            raise InvalidField("probabilities", f"must add up to 1, are {sum(self.probabilities)}")
        if self.accepted_frames < 1:
            raise InvalidField("accepted_frames", f"must be 1 or more, is {self.accepted_frames}")

    @property
    def primary(self) -> Emotion:
        """The emotion with the highest mean probability; the first listed one of equals."""
        return list(Emotion)[self.probabilities.index(max(self.probabilities))]

    @property
    def confidence(self) -> float:
        """Mean probability of the primary emotion."""
        return max(self.probabilities)


_DECLINED = {
    Language.RU: "Кандидат отказался отвечать на этот вопрос.",
    Language.EN: "The candidate passed on this question.",
}


def declined(language: Language) -> Judgement:
    """The candidate passed: 0 by rule, nothing is judged."""
    return Judgement(0, _DECLINED[language], (), Provenance(judge="rule:declined"))
