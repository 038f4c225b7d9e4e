"""Reports to measure with."""

from dataclasses import replace

from interview.v1.interview_report_pb2 import InterviewReport
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.reporter.report import Kind, Report
from services.reporter.translate import report_in
from tests.fakes.reports import interview_report, scored_answer


def message(answers: int) -> InterviewReport:
    """A report with so many answers, each with a score, a reading, a verdict and provenance."""
    report = interview_report()
    report.ClearField("answers")
    report.answers.extend([scored_answer()] * answers)
    return report


def reports(count: int, answers: int) -> list[Report]:
    """Reports of as many interviews, each in a room of its own."""
    report = report_in(PublishReportRequest(report=message(answers)))
    return [
        replace(
            report,
            interview_id=f"interview_{number}",
            report_id=f"interview_{number}.1",
            kind=Kind.ROOM,
            room_id=f"room-{number}",
        )
        for number in range(count)
    ]
