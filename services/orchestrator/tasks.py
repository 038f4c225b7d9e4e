"""What judges are told about an interview: the words, never who said them."""

from services.orchestrator.answer import Answer
from services.orchestrator.interview import Interview
from services.orchestrator.judges import FollowUpTask, JudgingTask, Turn
from services.orchestrator.policy import Generate


def judging_task(interview: Interview, answer: Answer) -> JudgingTask:
    """All the judge is told about an answer."""
    question = interview.question(answer.question_id)
    turns = _turns(interview, question.topic_index)
    return JudgingTask(
        language=interview.specification.language,
        topic=interview.topic_name(question),
        question=question.text,
        answer=answer.text,
        difficulty=question.difficulty,
        criteria=question.criteria,
        reference_answer=question.reference_answer,
        earlier_turns=turns[:-1],
    )


def follow_up_task(interview: Interview, wanted: Generate) -> FollowUpTask:
    """All the generator of a question is told."""
    return FollowUpTask(
        language=interview.specification.language,
        topic=interview.specification.topics[wanted.topic_index].name,
        difficulty=wanted.difficulty,
        turns=_turns(interview, wanted.topic_index),
        last_verdicts=interview.answers[-1].verdicts,
        known_questions=interview.known_questions(),
    )


def _turns(interview: Interview, topic_index: int) -> tuple[Turn, ...]:
    pairs = zip(interview.asked, interview.answers, strict=False)  # the last question may be unanswered
    return tuple(Turn(q.text, a.text) for q, a in pairs if q.topic_index == topic_index)
