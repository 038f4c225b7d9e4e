"""Interviews and reports as the JSON documents that stores keep."""

from pydantic import TypeAdapter

from services.orchestrator.interview import Interview
from services.orchestrator.report import Report

_INTERVIEW = TypeAdapter(Interview)
_REPORT = TypeAdapter(Report)


def interview_to_json(interview: Interview) -> bytes:
    """The document of an interview."""
    return _INTERVIEW.dump_json(interview)


def interview_from_json(document: bytes) -> Interview:
    """The interview of a document. Raises pydantic.ValidationError (a ValueError) on a damaged one."""
    return _INTERVIEW.validate_json(document)


def report_to_json(report: Report) -> bytes:
    """The document of a report."""
    return _REPORT.dump_json(report)


def report_from_json(document: bytes) -> Report:
    """The report of a document. Raises pydantic.ValidationError (a ValueError) on a damaged one."""
    return _REPORT.validate_json(document)
