"""What the one at the terminal sees while an interview is held."""

from contextlib import AbstractContextManager

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from rich.console import Console
from rich.text import Text

from speakalka import words
from speakalka.answering import Given
from speakalka.failures import CallFailed

_INDENT = "    "


class Show:
    """Prints an interview line by line. All that others wrote is printed as plain text, never as markup."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def started(self, interview_id: str, specification: core.InterviewSpecification) -> None:
        """The interview stands."""
        self._console.print()
        self._console.print(Text.assemble("Interview ", (interview_id, "bold")))
        room = f" · room {specification.room_id}" if specification.room_id else ""
        self._line(
            f"{words.kind(specification.kind)}{room} · {words.plain(specification.candidate_name)} · "
            f"{', '.join(words.plain(topic.name) for topic in specification.topics)}"
        )

    def question(self, question: core.AskedQuestion) -> None:
        """A question is put to the candidate."""
        place = "start question" if question.depth == 0 else f"follow-up, depth {question.depth}"
        generated = " · generated" if question.generated else ""
        head = Text.assemble(
            (question.question_id, "bold cyan"),
            (f"  {words.plain(question.topic)}", "bold"),
            (f"  difficulty {question.difficulty} · {place}{generated}", "dim"),
        )
        self._console.print()
        self._console.print(head)
        self._indented(Text(words.plain(question.text), style="bold"), mark="?")

    def answer(self, given: Given) -> None:
        """The candidate answers, or passes."""
        if given.text:
            self._indented(Text(words.plain(given.text), style="italic"), mark="»")
        if given.remark:
            self._indented(Text(given.remark, style="dim"))

    def waiting(self, what: str) -> AbstractContextManager[object]:
        """A sign of life while something takes its time; on a terminal only."""
        return self._console.status(f"{what} …")

    def settled(self, response: pb.SubmitAnswerResponse | pb.AssessInterviewResponse) -> None:
        """The answer has its result."""
        answer = response.answer
        self._indented(
            Text.assemble(
                words.score(answer), "  ", words.plain(answer.evaluation) or words.why_unscored(answer)
            )
        )
        reading = words.reading(answer)
        if reading:
            self._indented(Text(reading, style="magenta"))
        if answer.follow_up_skipped:
            self._indented(Text("no harder question could be had: on to the next topic", style="dim"))
        progress = response.progress
        self._indented(
            Text(
                f"{progress.answers_settled} answered of at most {progress.max_questions} · "
                f"topic {progress.topics_begun} of {progress.topics_total}",
                style="dim",
            )
        )

    def again(self, failure: CallFailed, seconds: float) -> None:
        """A call failed and is repeated."""
        self._indented(Text(f"{failure}; again in {seconds:.1f} s", style="yellow"))

    def _line(self, text: str) -> None:
        self._console.print(Text(text, style="dim"))

    def _indented(self, text: Text, mark: str = "") -> None:
        lines = text.wrap(self._console, self._console.width - len(_INDENT))
        for number, line in enumerate(lines):
            start = mark.rjust(len(_INDENT) - 1) + " " if number == 0 else _INDENT
            line.rstrip()
            self._console.print(Text.assemble((start, "dim"), line))
