"""Interviews and reports as replies to callers; the way in is in translate.py."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from services.orchestrator import frame_sums, messages, record_size, specification
from services.orchestrator.about import About
from services.orchestrator.answer import Answer, AskedQuestion
from services.orchestrator.answering import Assessed
from services.orchestrator.interview import Interview
from services.orchestrator.interviews import MAX_ANSWER_BYTES
from services.orchestrator.judges import JudgeInfo
from services.orchestrator.specification_message import specification_message
from services.orchestrator.store import StoredReport


def submitted(interview: Interview, question_id: str, stored: StoredReport | None) -> pb.SubmitAnswerResponse:
    """The stored result of one answer with the question that followed it."""
    number = next(i for i, q in enumerate(interview.asked) if q.question_id == question_id)
    following = interview.asked[number + 1] if number + 1 < len(interview.asked) else None
    return pb.SubmitAnswerResponse(
        answer=_answer(interview, interview.answers[number]),
        next_question=question(interview, following),
        state=state(interview),
        progress=_progress(interview),
        delivery=delivery(stored),
    )


def finished(interview: Interview, stored: StoredReport | None) -> pb.FinishInterviewResponse:
    """The end of an interview, with the report once there is one."""
    return pb.FinishInterviewResponse(
        state=state(interview),
        report=messages.report(stored.report) if stored else None,
        delivery=delivery(stored),
    )


def cancelled(interview: Interview) -> pb.CancelInterviewResponse:
    """The end of an interview without a report."""
    return pb.CancelInterviewResponse(state=state(interview), progress=_progress(interview))


def withdrawn(interview: Interview, stored: StoredReport | None) -> pb.WithdrawConsentResponse:
    """The end of the consent, and where a report that tells of no readings is."""
    return pb.WithdrawConsentResponse(
        withdraw_time=_instant(interview.consent_withdrawn_at),
        state=state(interview),
        delivery=delivery(stored),
    )


def assessed(step: Assessed, stored: StoredReport | None) -> pb.AssessInterviewResponse:
    """How far an assessment has come; with the report once it is there."""
    interview = step.interview
    answer = interview.answer(step.question_id)
    return pb.AssessInterviewResponse(
        interview_id=interview.interview_id,
        state=state(interview),
        progress=_progress(interview),
        answer=_answer(interview, answer) if answer else None,
        report=messages.report(stored.report) if stored else None,
        delivery=delivery(stored),
    )


def shown(interview: Interview, stored: StoredReport | None) -> pb.GetInterviewResponse:
    """An interview as it stands."""
    return pb.GetInterviewResponse(
        interview_id=interview.interview_id,
        specification=specification_message(interview.specification),
        state=state(interview),
        answers=[_answer(interview, answer) for answer in interview.answers],
        current_question=question(interview, interview.open_question),
        progress=_progress(interview),
        delivery=delivery(stored),
        consent_withdraw_time=_instant(interview.consent_withdrawn_at),
    )


def service_info(about: About, judge: JudgeInfo | None) -> pb.GetServiceInfoResponse:
    """What is at work here, and what a request may hold."""
    return pb.GetServiceInfoResponse(
        version=about.version,
        judge=_judge_info(judge) if judge else None,
        emotion_policy=f"EMOTION_POLICY_{'CONSENT' if about.reads_emotions else 'OFF'}",
        languages=messages.LANGUAGES.values(),
        limits=pb.ServiceLimits(
            topics=specification.MOST_TOPICS,
            follow_ups_per_topic=specification.MOST_FOLLOW_UPS,
            criteria_per_question=specification.MOST_CRITERIA,
            depth=specification.DEEPEST,
            questions=specification.MOST_QUESTIONS,
            candidate_name_characters=specification.LONGEST_CANDIDATE_NAME,
            room_id_characters=specification.LONGEST_ROOM_ID,
            topic_name_characters=specification.LONGEST_TOPIC_NAME,
            question_characters=specification.LONGEST_QUESTION,
            reference_answer_characters=specification.LONGEST_REFERENCE,
            criterion_characters=specification.LONGEST_CRITERION,
            answer_bytes=MAX_ANSWER_BYTES,
            answer_json_bytes=record_size.LARGEST_ANSWER_BYTES,
            frames_per_call=frame_sums.MAX_FRAMES,
            frame_bytes=frame_sums.MAX_FRAME_BYTES,
            batches_per_question=frame_sums.MAX_BATCHES,
            record_bytes=record_size.LARGEST_RECORD_BYTES,
            specification_bytes=record_size.LARGEST_SPECIFICATION_BYTES,
        ),
    )


def _judge_info(noun: JudgeInfo) -> pb.JudgeInfo:
    return pb.JudgeInfo(
        judge=noun.judge,
        model=noun.model,
        prompt_version=noun.prompt_version,
        rubric_version=noun.rubric_version,
        generates_follow_ups=noun.generates_follow_ups,
        drafts_criteria=noun.drafts_criteria,
    )


def question(interview: Interview, noun: AskedQuestion | None) -> core.AskedQuestion | None:
    """A question as the caller sees it."""
    return messages.asked_question(noun, interview.topic_name(noun)) if noun else None


def state(interview: Interview) -> str:
    """Where the interview stands."""
    return f"INTERVIEW_STATE_{interview.state.name}"


def delivery(stored: StoredReport | None) -> core.Delivery | None:
    """Where the report is."""
    if stored is None:
        return None
    noun = stored.delivery
    return core.Delivery(
        report_id=stored.report_id,
        status=f"DELIVERY_STATUS_{noun.status.name}",
        topic=noun.topic,
        partition=noun.partition,
        offset=noun.offset,
        file_name=noun.file_name,
        detail=noun.detail,
    )


def _instant(noun: datetime | None) -> Timestamp | None:
    return messages.timestamp(noun) if noun else None


def _answer(interview: Interview, noun: Answer) -> core.Answer:
    absence = f"EMOTION_ABSENCE_{noun.emotion_absence.name if noun.emotion_absence else 'UNSPECIFIED'}"
    return core.Answer(
        question=question(interview, interview.question(noun.question_id)),
        answer_text=noun.text,
        declined=noun.declined,
        state=f"ANSWER_STATE_{noun.state.name}",
        score=noun.score,
        evaluation=noun.evaluation,
        unscored_reason=messages.unscored_reason(noun.unscored_reason),
        verdicts=[messages.verdict(v) for v in noun.verdicts],
        provenance=messages.provenance(noun.provenance),
        emotion=messages.reading(noun.emotion),
        emotion_absence=absence,
        receive_time=messages.timestamp(noun.received_at),
        follow_up_skipped=noun.follow_up_skipped,
    )


def _progress(interview: Interview) -> core.Progress:
    return core.Progress(
        questions_asked=len(interview.asked),
        answers_settled=sum(not answer.pending for answer in interview.answers),
        max_questions=interview.specification.policy.max_questions,
        topics_begun=interview.asked[-1].topic_index + 1,
        topics_total=len(interview.specification.topics),
    )
