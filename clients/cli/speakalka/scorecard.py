"""What stands at the end: the scorecard of a report, or an interview so far."""

from datetime import UTC

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.interview_report_pb2 import InterviewReport, ReportAnswer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from speakalka import words


def print_scorecard(console: Console, report: InterviewReport, delivery: core.Delivery) -> None:
    """A completed interview on one page."""
    table = _table(f"{words.plain(report.candidate_name)} · {report.interview_id}")
    for answer in report.answers:
        score = answer.score if answer.HasField("score") else None
        _row(table, answer.question, words.points(score), _primary(answer))
    console.print()
    console.print(table)
    _fact(console, "Average score", _average(report))
    _fact(console, "Judged by", _judges(report))
    _fact(console, "Topics", ", ".join(words.plain(topic) for topic in report.topics_covered) or "none")
    _fact(console, "Emotions", _emotions(report))
    _fact(console, "Completed", report.completion_time)
    _fact(console, "Report", f"{report.report_id} is {words.delivery(delivery)}")


def print_interview(console: Console, interview: pb.GetInterviewResponse) -> None:
    """An interview as it stands."""
    name = words.plain(interview.specification.candidate_name)
    table = _table(f"{name} · {interview.interview_id}")
    for answer in interview.answers:
        _row(table, answer.question, words.score(answer), _primary(answer))
    console.print(table)
    progress = interview.progress
    _fact(console, "State", words.state(interview.state))
    _fact(
        console,
        "Progress",
        f"{progress.answers_settled} answered of at most {progress.max_questions}, "
        f"topic {progress.topics_begun} of {progress.topics_total}",
    )
    if interview.HasField("current_question"):
        question = interview.current_question
        _fact(console, "Waits for", f"{question.question_id}: {words.plain(question.text)}")
    if interview.HasField("delivery"):
        _fact(console, "Report", f"{interview.delivery.report_id} is {words.delivery(interview.delivery)}")


def print_withdrawal(console: Console, withdrawn: pb.WithdrawConsentResponse) -> None:
    """That nothing is kept of the candidate's face, and where a report without it is."""
    if not withdrawn.HasField("withdraw_time"):
        console.print("There was no consent: nothing was read.")
        return
    _fact(console, "Withdrawn", f"{withdrawn.withdraw_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S} UTC")
    if withdrawn.HasField("delivery"):
        _fact(console, "Report", f"{withdrawn.delivery.report_id} is {words.delivery(withdrawn.delivery)}")


def print_service_info(console: Console, info: pb.GetServiceInfoResponse) -> None:
    """Version, judge and policy; every limit with its name."""
    _fact(console, "Version", info.version)
    judge = (
        f"{info.judge.judge} {info.judge.model}".strip()
        if info.HasField("judge")
        else "the evaluator is away"
    )
    _fact(console, "Judge", words.plain(judge))
    _fact(console, "Follow-ups", "generated" if info.judge.generates_follow_ups else "prepared ones only")
    _fact(
        console,
        "Criteria",
        "drafted where none are" if info.judge.drafts_criteria else "given ones only",
    )
    _fact(console, "Emotions", words.emotion_policy(info.emotion_policy))
    _fact(console, "Languages", ", ".join(words.language(language) for language in info.languages))
    for field, most in info.limits.ListFields():
        _fact(console, "At most", f"{most:,} {field.name.replace('_', ' ')}")


def _table(title: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    table.add_column("", style="cyan", no_wrap=True)
    table.add_column("Topic")
    table.add_column("Question", ratio=1)
    table.add_column("Diff.", justify="right")
    table.add_column("Score", no_wrap=True)
    table.add_column("Emotion", no_wrap=True)
    return table


def _row(table: Table, question: core.AskedQuestion, score: Text, emotion: str) -> None:
    text = Text(words.plain(question.text), no_wrap=True, overflow="ellipsis")
    topic = Text(words.plain(question.topic))
    table.add_row(question.question_id, topic, text, str(question.difficulty), score, emotion)


def _primary(answer: ReportAnswer | core.Answer) -> str:
    return words.emotion(answer.emotion.primary_emotion) if answer.HasField("emotion") else "–"


def _average(report: InterviewReport) -> str:
    scored = f"{report.scored_answers} scored, {report.unscored_answers} without a score"
    value = f"{report.average_score:g} of 10" if report.HasField("average_score") else "none"
    return f"{value} ({scored})"


def _judges(report: InterviewReport) -> str:
    names = (f"{answer.provenance.judge} {answer.provenance.model}".strip() for answer in report.answers)
    return ", ".join(words.plain(name) for name in dict.fromkeys(names) if name) or "nobody"


def _emotions(report: InterviewReport) -> str:
    summary = report.emotion
    if not summary.total_analyses:
        return "none read"
    shares = ", ".join(
        f"{words.emotion(item.emotion)} {item.share:.0%}" for item in summary.emotion_distribution
    )
    return f"{shares} ({summary.total_analyses} readings, confidence {summary.average_confidence:.2f})"


def _fact(console: Console, name: str, value: str) -> None:
    console.print(Text.assemble((f"{name:<14}", "dim"), value), soft_wrap=True)
