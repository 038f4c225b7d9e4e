"""Interviews, reports and criteria as the JSON documents that stores keep."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from services.common.errors import InvalidField
from services.orchestrator.interview import Interview
from services.orchestrator.report import Report
from services.orchestrator.specification import Criterion

_INTERVIEW = TypeAdapter(Interview)
_REPORT = TypeAdapter(Report)
_CRITERIA = TypeAdapter(tuple[Criterion, ...])

Noun = TypeVar("Noun")


class DamagedDocument(Exception):
    """A stored document is not what was written, or a later release wrote it. Quotes nothing of it."""


def interview_to_json(interview: Interview) -> bytes:
    """The document of an interview."""
    return _INTERVIEW.dump_json(interview)


def interview_from_json(document: bytes) -> Interview:
    """The interview of a document. Raises DamagedDocument."""
    return _read(_INTERVIEW, document)


def report_to_json(report: Report) -> bytes:
    """The document of a report."""
    return _REPORT.dump_json(report)


def report_from_json(document: bytes) -> Report:
    """The report of a document. Raises DamagedDocument."""
    return _read(_REPORT, document)


def criteria_to_json(criteria: tuple[Criterion, ...]) -> bytes:
    """The document of a question's criteria."""
    return _CRITERIA.dump_json(criteria)


def criteria_from_json(document: bytes) -> tuple[Criterion, ...]:
    """The criteria of a document. Raises DamagedDocument."""
    return _read(_CRITERIA, document)


def _read(adapter: TypeAdapter[Noun], document: bytes) -> Noun:
    try:
        return adapter.validate_json(document)
    except ValidationError as error:  # its own text quotes the document: names, answers
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise DamagedDocument(f"the document is damaged at {where or 'its beginning'}") from None
    except InvalidField as error:
        raise DamagedDocument(f"the document is damaged: {error.field} breaks a rule") from None
