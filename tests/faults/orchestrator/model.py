"""What interviews come to, as docs and protos promise it, in plain Python: no store, no tasks, no clock.

Knows nothing of the code it is compared with. A `Refused` is what a caller is told instead of a result.
"""

from dataclasses import dataclass, field

HOUR = 3600.0


class Refused(Exception):
    """The reason in ErrorInfo."""


@dataclass(frozen=True)
class Rules:
    """Of an interview: follow-ups prepared per topic, and its policy."""

    prepared: tuple[int, ...]
    threshold: int = 7
    max_depth: int = 3
    max_questions: int = 20
    as_given: bool = False
    consent: bool = False


@dataclass
class Asked:
    """A question that was asked."""

    topic: int
    depth: int
    text: str
    generated: bool = False


@dataclass
class Answered:
    """An answer; `worth` is what the judge will say: 0..10, or None for no score."""

    text: str
    worth: int | None
    at: float
    state: str = "PENDING"
    score: int | None = None
    reason: str = ""
    faces: int = 0

    @property
    def shown(self) -> tuple[str, str, int | None, str, int]:
        """What callers see of it; the last is how many frames its reading is of."""
        return self.text, self.state, self.score, self.reason, self.faces


@dataclass
class Interview:
    """One interview. `writes`: whether a follow-up can be had when none is prepared."""

    rules: Rules
    touched: float
    state: str = "IN_PROGRESS"
    asked: list[Asked] = field(default_factory=lambda: [Asked(0, 0, "T0 start?")])
    answers: list[Answered] = field(default_factory=list)
    batches: dict[int, int] = field(default_factory=dict)  # frames in each, for the newest question
    withdrawn: bool = False
    revision: int = 1

    @property
    def last(self) -> Answered:
        return self.answers[-1]

    @property
    def pending(self) -> bool:
        return bool(self.answers) and self.last.state == "PENDING"

    @property
    def open(self) -> bool:
        return self.state == "IN_PROGRESS" and len(self.asked) > len(self.answers)

    @property
    def step_due(self) -> bool:
        return self.state == "IN_PROGRESS" and not self.open and not self.pending

    def receive(self, number: int, text: str, worth: int | None, now: float) -> Answered:
        """The answer kept under this number, new or the very same."""
        if number >= len(self.asked):
            raise Refused("QUESTION_NOT_FOUND")
        if number < len(self.answers):
            if self.answers[number].text != text:
                raise Refused("ANSWER_EXISTS")
            return self.answers[number]
        if not self.open:
            raise Refused("INTERVIEW_CLOSED")
        self.answers.append(Answered(text, worth, now))
        self.touched = now
        return self.last

    def add_frames(self, number: int, batch: int, size: int, now: float) -> None:
        """A batch counts once, as long as the answer has no result."""
        if number >= len(self.asked):
            raise Refused("QUESTION_NOT_FOUND")
        if self.withdrawn or not self.rules.consent:
            raise Refused("CONSENT_MISSING")
        if number < len(self.answers) and self.answers[number].state != "PENDING":
            raise Refused("ANSWER_SETTLED")
        if number >= len(self.answers) and not self.open:
            raise Refused("INTERVIEW_CLOSED")
        if batch not in self.batches:
            self.batches[batch] = size
            self.touched = now

    def withdraw(self, now: float) -> None:
        if self.withdrawn or not self.rules.consent:
            return
        self.withdrawn, self.touched, self.batches = True, now, {}
        self.revision += self.state == "COMPLETED" and any(answer.faces for answer in self.answers)
        for answer in self.answers:
            answer.faces = 0

    def _result(self, score: int | None, reason: str) -> None:
        """Of the pending answer; a face was seen in one frame of each batch."""
        self.last.state = "UNSCORED" if score is None else "SCORED"
        self.last.score, self.last.reason = score, reason if score is None else ""
        self.last.faces, self.batches = len(self.batches), {}

    def settle(self, *, writes: bool, reason: str = "") -> None:
        """The pending answer gets what it is worth, or nothing for this reason; and what follows."""
        if self.pending:
            declined = self.last.text == ""
            self._result(0 if declined else None if reason else self.last.worth, reason or "REFUSED")
            if self.state == "FINISHING":
                self.state = "COMPLETED"
        if self.step_due:
            self._step(writes=writes)

    def score(self) -> None:
        """The pending answer gets its score; what follows is still to be written."""
        self._result(self.last.worth, "")

    def wants_writing(self) -> bool:
        """Whether what follows the last answer is a follow-up that has to be written."""
        return self.step_due and self.deepens() and self.prepared() is None and not self.rules.as_given

    def finish(self) -> None:
        if self.state == "CANCELLED":
            raise Refused("INTERVIEW_CANCELLED")
        if self.state == "IN_PROGRESS":
            self.state = "FINISHING" if self.pending else "COMPLETED"

    def cancel(self) -> None:
        if self.state == "COMPLETED":
            raise Refused("INTERVIEW_COMPLETED")
        if self.pending:
            self._result(None, "INTERVIEW_CANCELLED")
        self.state = "CANCELLED"

    def deepens(self) -> bool:
        """Whether the last answer earns a follow-up."""
        rules, last = self.rules, self.asked[-1]
        score = self.answers[-1].score
        left = rules.max_questions - len(self.asked) > len(rules.prepared) - 1 - last.topic
        return score is not None and score >= rules.threshold and last.depth < rules.max_depth and left

    def prepared(self) -> int | None:
        """The number of the next prepared follow-up of the topic; None: all are used."""
        topic = self.asked[-1].topic
        used = sum(asked.topic == topic and not asked.generated for asked in self.asked)
        return used if used <= self.rules.prepared[topic] else None

    def _step(self, *, writes: bool) -> None:
        last, prepared = self.asked[-1], self.prepared()
        if prepared is not None and (self.rules.as_given or self.deepens()):
            self.asked.append(Asked(last.topic, last.depth + 1, f"T{last.topic} follow-up {prepared}?"))
        elif writes and self.deepens() and not self.rules.as_given:
            generated = f"Generated {sum(asked.generated for asked in self.asked)}?"
            self.asked.append(Asked(last.topic, last.depth + 1, generated, generated=True))
        elif last.topic + 1 < len(self.rules.prepared):
            self.asked.append(Asked(last.topic + 1, 0, f"T{last.topic + 1} start?"))
        else:
            self.state = "COMPLETED"

    def upkeep(self, now: float, *, judge_away: bool, writes: bool) -> None:
        """What happens although nobody calls."""
        if self.pending and now - self.last.at > HOUR:
            self.settle(writes=writes, reason="JUDGE_UNAVAILABLE")
        elif (self.pending and (not judge_away or self.last.text == "")) or self.step_due:
            self.settle(writes=writes)
        if self.open and now - self.touched > 24 * HOUR:
            self.state = "COMPLETED"
