"""A report as a record: the mapping, by hand, key by key in the promised order."""

from typing import Any

import orjson

from services.common.errors import InvalidField
from services.reporter.record import LARGEST_BYTES, SOURCE, Record
from services.reporter.report import Answer, EmotionSummary, Provenance, Reading, Report


def encode(report: Report, topic: str) -> Record:
    """The record of `report` on `topic`. Raises InvalidField if it is larger than LARGEST_BYTES."""
    value = orjson.dumps(_message(report, topic))
    if len(value) > LARGEST_BYTES:
        raise InvalidField("report", f"is {len(value):,} bytes as a record, at most {LARGEST_BYTES:,}")
    return Record(value, report.interview_id, report.revision, report.complete_time_ms, report.room_id)


def _message(report: Report, topic: str) -> dict[str, Any]:
    return {
        "timestamp": report.complete_time_ms / 1000,
        "source": SOURCE,
        "topic": topic,
        "report": {
            "candidate_name": report.candidate_name,
            "interview_id": report.interview_id,
            "completion_time": report.completion_time,
            "total_questions": len(report.answers),
            "topics_covered": report.topics_covered,
            "average_score": None if report.average_score is None else round(report.average_score, 2),
            "emotion_analysis": _summary(report.emotion),
            "answers": [_answer(answer) for answer in report.answers],
            # The promised keys end here.
            "report_id": report.report_id,
            "kind": report.kind.value,
            "room_id": report.room_id,
            "language": report.language,
            "questions_asked": report.questions_asked,
            "scored_answers": report.scored_answers,
            "unscored_answers": report.unscored_answers,
        },
    }


def _summary(emotion: EmotionSummary) -> dict[str, Any]:
    confidence = emotion.average_confidence
    return {
        "most_common_emotion": emotion.most_common_emotion,
        "emotion_distribution": {name: _four_decimals(share) for name, share in emotion.emotion_distribution},
        "average_confidence": None if confidence is None else _four_decimals(confidence),
        "total_analyses": emotion.total_analyses,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    question = answer.question
    return {
        "question_id": question.question_id,
        "question_text": question.text,
        "topic": question.topic,
        "difficulty": question.difficulty,
        "answer_text": answer.answer_text,
        "score": answer.score,
        "evaluation": answer.evaluation,
        "timestamp": answer.timestamp,
        "emotion_analysis": _reading(answer.emotion),
        # The promised keys end here.
        "declined": answer.declined,
        "unscored_reason": answer.unscored_reason,
        "verdicts": [
            {
                "criterion": verdict.criterion,
                "weight": verdict.weight,
                "verdict": verdict.verdict,
                "quote": verdict.quote,
                "reason": verdict.reason,
            }
            for verdict in answer.verdicts
        ],
        "provenance": _provenance(answer.provenance),
        "follow_up_skipped": answer.follow_up_skipped,
        "depth": question.depth,
        "generated": question.generated,
    }


def _reading(reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        return {"primary_emotion": None, "confidence": None, "emotions": {}}
    return {
        "primary_emotion": reading.primary_emotion,
        "confidence": _four_decimals(reading.confidence),
        "emotions": {name: _four_decimals(probability) for name, probability in reading.emotions.items()},
        # The promised keys end here.
        "accepted_frames": reading.accepted_frames,
    }


def _four_decimals(value: float) -> float:
    """A third of the time of `round(value, 4)`, which goes by way of text. Halves may go the other way."""
    return round(value * 10_000) / 10_000


def _provenance(provenance: Provenance | None) -> dict[str, Any] | None:
    if provenance is None:
        return None
    return {
        "judge": provenance.judge,
        "model": provenance.model,
        "prompt_version": provenance.prompt_version,
        "rubric_version": provenance.rubric_version,
        "input_hash": provenance.input_hash,
        "input_tokens": provenance.input_tokens,
        "output_tokens": provenance.output_tokens,
        "duration_seconds": round(provenance.duration_seconds, 3),
        "flags": provenance.flags,
    }
