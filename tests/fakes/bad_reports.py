"""Reports that break one rule each, and the field that must be blamed."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from interview.v1 import core_pb2
from interview.v1.interview_report_pb2 import InterviewReport

from tests.fakes.reports import INTERVIEW_ID, interview_report

NAN = float("nan")
ABSENT = object()


@dataclass(frozen=True)
class BadReport:
    """A good report with changes: values by their path, such as `answers.0.score`; ABSENT clears a field."""

    what: str
    field: str
    changes: dict[str, Any]

    def report(self) -> InterviewReport:
        """The report, bad."""
        report = interview_report()
        for path, value in self.changes.items():
            _put(report, path.split("."), value)
        return report


def _put(message: Any, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        message = message[int(step)] if step.isdigit() else getattr(message, step)
    if value is ABSENT:
        message.ClearField(path[-1])
    elif isinstance(value, Timestamp):
        getattr(message, path[-1]).CopyFrom(value)
    elif isinstance(value, list):
        message.ClearField(path[-1])
        getattr(message, path[-1]).extend(value)
    else:
        setattr(message, path[-1], value)


def _named(interview_id: str) -> dict[str, Any]:
    return {"interview_id": interview_id, "report_id": f"{interview_id}.1"}


BAD_REPORTS = [
    BadReport("nothing", "report.kind", {"kind": ABSENT, "interview_id": ABSENT, "report_id": ABSENT}),
    BadReport("no interview id", "report.interview_id", _named("")),
    BadReport("foreign interview id", "report.interview_id", _named("room_1")),
    BadReport("id with a line end", "report.interview_id", _named("interview_a\n")),
    BadReport("id that would add a header", "report.interview_id", _named("interview_a\r\nx: y")),
    BadReport("id of other letters", "report.interview_id", _named("interview_ё")),
    BadReport("id with a path", "report.interview_id", _named("interview_a/../b")),
    BadReport("long id", "report.interview_id", _named("interview_" + "a" * 60)),
    BadReport("no report id", "report.report_id", {"report_id": ""}),
    BadReport("report id of another", "report.report_id", {"report_id": "interview_X.1"}),
    BadReport("report id of another revision", "report.report_id", {"report_id": f"{INTERVIEW_ID}.2"}),
    BadReport("revision 0", "report.revision", {"revision": 0, "report_id": f"{INTERVIEW_ID}.0"}),
    BadReport("no kind", "report.kind", {"kind": ABSENT}),
    BadReport("unknown kind", "report.kind", {"kind": 99}),
    BadReport("unknown language", "report.language", {"language": 99}),
    BadReport("room without id", "report.room_id", {"kind": core_pb2.INTERVIEW_KIND_ROOM}),
    BadReport("technical with room", "report.room_id", {"room_id": "room-7"}),
    BadReport("blank name", "report.candidate_name", {"candidate_name": " "}),
    BadReport("NUL in the name", "report.candidate_name", {"candidate_name": "a\0b"}),
    BadReport("no instant", "report.complete_time", {"complete_time": ABSENT}),
    BadReport("instant before 1970", "report.complete_time", {"complete_time": Timestamp(seconds=-1)}),
    BadReport("instant after 9999", "report.complete_time", {"complete_time": Timestamp(seconds=2**60)}),
    BadReport("nanos below 0", "report.complete_time", {"complete_time": Timestamp(nanos=-1)}),
    BadReport("no completion time", "report.completion_time", {"completion_time": ""}),
    BadReport("February 30", "report.completion_time", {"completion_time": "2023-02-30 10:00:00"}),
    BadReport("time with a zone", "report.completion_time", {"completion_time": "2023-12-21T10:30:45Z"}),
    BadReport("questions below 0", "report.questions_asked", {"questions_asked": -1}),
    BadReport("average NaN", "report.average_score", {"average_score": NAN}),
    BadReport("average infinite", "report.average_score", {"average_score": float("inf")}),
    BadReport("average over 10", "report.average_score", {"average_score": 10.01}),
    BadReport("empty topic", "report.topics_covered", {"topics_covered": ["Python", ""]}),
    BadReport(
        "share over 1",
        "report.emotion.emotion_distribution[neutral]",
        {"emotion.emotion_distribution.0.share": 1.1},
    ),
    BadReport(
        "share of no emotion",
        "report.emotion.emotion_distribution",
        {"emotion.emotion_distribution.0.emotion": 0},
    ),
    BadReport(
        "unknown commonest emotion",
        "report.emotion.most_common_emotion",
        {"emotion.most_common_emotion": 42},
    ),
    BadReport(
        "average confidence NaN", "report.emotion.average_confidence", {"emotion.average_confidence": NAN}
    ),
    BadReport("analyses below 0", "report.emotion.total_analyses", {"emotion.total_analyses": -1}),
    BadReport("no question", "report.answers[0].question.question_id", {"answers.0.question": ABSENT}),
    BadReport("no question text", "report.answers[1].question.text", {"answers.1.question.text": ""}),
    BadReport("difficulty 6", "report.answers[0].question.difficulty", {"answers.0.question.difficulty": 6}),
    BadReport("NUL in the answer", "report.answers[0].answer_text", {"answers.0.answer_text": "a\0"}),
    BadReport("score 11", "report.answers[0].score", {"answers.0.score": 11}),
    BadReport("score below 0", "report.answers[0].score", {"answers.0.score": -1}),
    BadReport("no score and no reason", "report.answers[0].score", {"answers.0.score": ABSENT}),
    BadReport("score and a reason", "report.answers[0].score", {"answers.0.unscored_reason": 1}),
    BadReport("unknown reason", "report.answers[0].unscored_reason", {"answers.0.unscored_reason": 77}),
    BadReport("bad answer time", "report.answers[0].timestamp", {"answers.0.timestamp": "yesterday"}),
    BadReport(
        "reading without emotions", "report.answers[0].emotion.emotions", {"answers.0.emotion.emotions": []}
    ),
    BadReport(
        "one emotion twice", "report.answers[0].emotion.emotions", {"answers.0.emotion.emotions.0.emotion": 2}
    ),
    BadReport(
        "reading NaN",
        "report.answers[0].emotion.emotions[neutral]",
        {"answers.0.emotion.emotions.0.probability": NAN},
    ),
    BadReport(
        "reading of no emotion",
        "report.answers[0].emotion.primary_emotion",
        {"answers.0.emotion.primary_emotion": ABSENT},
    ),
    BadReport(
        "confidence in percent",
        "report.answers[0].emotion.confidence",
        {"answers.0.emotion.confidence": 70.0},
    ),
    BadReport(
        "reading of no frame",
        "report.answers[0].emotion.accepted_frames",
        {"answers.0.emotion.accepted_frames": 0},
    ),
    BadReport("weight NaN", "report.answers[0].verdicts[0].weight", {"answers.0.verdicts.0.weight": NAN}),
    BadReport(
        "no verdict", "report.answers[0].verdicts[0].verdict", {"answers.0.verdicts.0.verdict": ABSENT}
    ),
    BadReport(
        "tokens below 0",
        "report.answers[0].provenance.input_tokens",
        {"answers.0.provenance.input_tokens": -1},
    ),
    BadReport("over 4 MiB", "report", {"answers.0.answer_text": "a" * 4 * 1024 * 1024}),
]
