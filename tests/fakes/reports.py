"""Reports to publish in tests: whole, valid, and with something in every field."""

from typing import Any

from google.protobuf import duration_pb2, timestamp_pb2
from interview.v1 import core_pb2, interview_report_pb2

INTERVIEW_ID = "interview_01JZX5Q3N8V2C4D6E8F0G2H4J6"


def reading() -> core_pb2.EmotionReading:
    """A reading of all seven emotions."""
    shares = (0.70001, 0.1, 0.05, 0.05, 0.05, 0.02, 0.02999)
    return core_pb2.EmotionReading(
        primary_emotion=core_pb2.EMOTION_NEUTRAL,
        confidence=0.70001,
        emotions=[
            core_pb2.EmotionProbability(emotion=number, probability=share)  # type: ignore[arg-type]  # 1..7 are its values
            for number, share in enumerate(shares, start=1)
        ],
        accepted_frames=3,
    )


def scored_answer(**changes: Any) -> interview_report_pb2.ReportAnswer:
    """An answer with a score, a reading, verdicts and provenance."""
    answer = interview_report_pb2.ReportAnswer(
        question=core_pb2.AskedQuestion(
            question_id="q1",
            text="Что такое генератор?",
            topic="Python",
            difficulty=2,
            depth=1,
            generated=True,
        ),
        answer_text="Функция с yield.\n\tОна «ленивая» 🙂",
        score=8,
        evaluation="Верно и по делу",
        timestamp="2023-12-21 10:25:30",
        emotion=reading(),
        verdicts=[
            core_pb2.CriterionVerdict(
                criterion="называет yield",
                weight=2,
                verdict=core_pb2.VERDICT_MET,
                quote="Функция с yield",
                reason="названо прямо",
            )
        ],
        provenance=core_pb2.Provenance(
            judge="openai",
            model="m-1",
            prompt_version="p1",
            rubric_version="r1",
            input_hash="ab" * 32,
            input_tokens=120,
            output_tokens=30,
            duration=duration_pb2.Duration(seconds=1, nanos=250_000_000),
            flags=["quote_not_in_answer"],
        ),
        follow_up_skipped=True,
    )
    for field, value in changes.items():
        setattr(answer, field, value)
    return answer


def unscored_answer() -> interview_report_pb2.ReportAnswer:
    """An answer without a score, a reading or verdicts."""
    return interview_report_pb2.ReportAnswer(
        question=core_pb2.AskedQuestion(
            question_id="q2", text="Что такое B-дерево?", topic="Базы данных", difficulty=1
        ),
        answer_text="Не помню",
        evaluation="",
        timestamp="2023-12-21 10:28:00",
        unscored_reason=core_pb2.UNSCORED_REASON_JUDGE_UNAVAILABLE,
    )


def interview_report(
    interview_id: str = INTERVIEW_ID, revision: int = 1, room_id: str = "", **changes: Any
) -> interview_report_pb2.InterviewReport:
    """A whole report: of a room if `room_id` is given, else technical."""
    report = interview_report_pb2.InterviewReport(
        report_id=f"{interview_id}.{revision}",
        interview_id=interview_id,
        revision=revision,
        kind=core_pb2.INTERVIEW_KIND_ROOM if room_id else core_pb2.INTERVIEW_KIND_TECHNICAL,
        room_id=room_id,
        candidate_name="Имя Кандидата",
        language=core_pb2.LANGUAGE_RU,
        complete_time=timestamp_pb2.Timestamp(seconds=1703154645, nanos=789_999_999),
        completion_time="2023-12-21 10:30:45",
        questions_asked=3,
        topics_covered=["Python", "Базы данных"],
        average_score=8.0,
        scored_answers=1,
        unscored_answers=1,
        emotion=interview_report_pb2.EmotionSummary(
            most_common_emotion=core_pb2.EMOTION_NEUTRAL,
            emotion_distribution=[
                interview_report_pb2.EmotionShare(emotion=core_pb2.EMOTION_NEUTRAL, share=1.0)
            ],
            average_confidence=0.70001,
            total_analyses=1,
        ),
        answers=[scored_answer(), unscored_answer()],
    )
    for field, value in changes.items():
        setattr(report, field, value)
    return report
