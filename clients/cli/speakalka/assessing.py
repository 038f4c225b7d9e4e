"""Has an interview scored that was held already: the file's questions and answers, in one call."""

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from speakalka.answering import Given
from speakalka.calls import Orchestrator
from speakalka.script import Script
from speakalka.show import Show


def assess(
    orchestrator: Orchestrator, show: Show, script: Script, request_id: str
) -> pb.AssessInterviewResponse:
    """Shows each answer as it gets its result; the last update, with the report. Raises CallFailed."""
    shown: set[str] = set()

    def on_update(update: pb.AssessInterviewResponse) -> None:
        if not shown:
            show.started(update.interview_id, script.specification)
            shown.add("")
        question = update.answer.question
        if question.question_id not in shown:
            shown.add(question.question_id)
            show.question(question)
            show.answer(Given(update.answer.answer_text))
            show.settled(update)

    return orchestrator.assess(_request(script, request_id), on_update)


def _request(script: Script, request_id: str) -> pb.AssessInterviewRequest:
    """A question without an answer in the file counts as declined."""
    specification = core.InterviewSpecification()
    specification.CopyFrom(script.specification)
    specification.policy.mode = core.POLICY_MODE_AS_GIVEN
    specification.policy.ClearField("max_questions")
    texts = [
        script.answers.get((topic.name, question.text), "")
        for topic in specification.topics
        for question in (topic.start_question, *topic.follow_ups)
    ]
    return pb.AssessInterviewRequest(
        request_id=request_id,
        specification=specification,
        answers=[pb.TranscriptAnswer(answer_text=text, declined=not text) for text in texts],
    )
