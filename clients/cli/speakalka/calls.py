"""The orchestrator as this command calls it: a deadline with every call, and bounded repeats."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from speakalka.failures import BadInput, CallFailed, call_failed

Response = TypeVar("Response")

READ_SECONDS = 5.0
START_SECONDS = 15.0
ANSWER_SECONDS = 75.0
FINISH_SECONDS = 15.0
ASSESS_SECONDS = 3600.0

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tls:
    """Files, PEM: whom to trust, and what to show of ourselves."""

    ca_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """The files' content as gRPC takes it. Raises BadInput."""
        return grpc.ssl_channel_credentials(
            root_certificates=_content(self.ca_file),
            private_key=_content(self.key_file),
            certificate_chain=_content(self.certificate_file),
        )


def _content(file: Path | None) -> bytes | None:
    try:
        return file.read_bytes() if file else None
    except OSError as error:
        raise BadInput(str(file), error.strerror or "cannot be read") from None


def open_channel(address: str, tls: Tls | None = None) -> grpc.Channel:
    """A channel to the orchestrator at `host:port`. Raises BadInput."""
    options = [
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 2000),
        ("grpc.max_receive_message_length", 10 * _MIB),
        ("grpc.enable_retries", 0),  # repeats are ours alone
    ]
    if tls is None:
        return grpc.insecure_channel(address, options=options)
    return grpc.secure_channel(address, tls.credentials(), options=options)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is repeated. `sleep` is how the time between two tries passes."""

    sleep: Callable[[float], None]
    total_seconds: float = 120.0
    attempts: int = 40


class Orchestrator:
    """The orchestrator's RPCs. Each of them raises CallFailed.

    Every one may be repeated without harm; what is worth repeating is repeated within `patience`,
    and `on_repeat` is told each time (the failure, seconds until the next try).
    """

    def __init__(
        self, channel: grpc.Channel, patience: Patience, on_repeat: Callable[[CallFailed, float], None]
    ) -> None:
        self._stub = OrchestratorServiceStub(channel)
        self._patience = patience
        self._on_repeat = on_repeat

    def start(self, request: pb.StartInterviewRequest) -> pb.StartInterviewResponse:
        """Starts an interview; its `request_id` must be set, or a repeat would start another one."""
        return self._call("StartInterview", self._stub.StartInterview, request, START_SECONDS)

    def submit(self, request: pb.SubmitAnswerRequest) -> pb.SubmitAnswerResponse:
        """Has an answer judged."""
        return self._call("SubmitAnswer", self._stub.SubmitAnswer, request, ANSWER_SECONDS)

    def assess(
        self, request: pb.AssessInterviewRequest, on_update: Callable[[pb.AssessInterviewResponse], None]
    ) -> pb.AssessInterviewResponse:
        """Has a whole interview scored; the last update. Its `request_id` must be set.

        `on_update` is told of every update; after a repeat of those before again.
        """

        def once() -> pb.AssessInterviewResponse:
            update = pb.AssessInterviewResponse()
            try:
                for update in self._stub.AssessInterview(request, timeout=ASSESS_SECONDS):
                    on_update(update)
            except grpc.RpcError as error:
                raise call_failed("AssessInterview", error) from error
            return update

        return self._retrying()(once)

    def finish(self, interview_id: str) -> pb.FinishInterviewResponse:
        """Ends the interview, or repeats its end."""
        request = pb.FinishInterviewRequest(interview_id=interview_id)
        return self._call("FinishInterview", self._stub.FinishInterview, request, FINISH_SECONDS)

    def cancel(self, interview_id: str) -> pb.CancelInterviewResponse:
        """Ends the interview without a report, or repeats that end."""
        request = pb.CancelInterviewRequest(interview_id=interview_id)
        return self._call("CancelInterview", self._stub.CancelInterview, request, START_SECONDS)

    def withdraw_consent(self, interview_id: str) -> pb.WithdrawConsentResponse:
        """Ends the consent to emotion analysis, or repeats that end."""
        request = pb.WithdrawConsentRequest(interview_id=interview_id)
        return self._call("WithdrawConsent", self._stub.WithdrawConsent, request, FINISH_SECONDS)

    def interview(self, interview_id: str) -> pb.GetInterviewResponse:
        """The interview as it stands."""
        request = pb.GetInterviewRequest(interview_id=interview_id)
        return self._call("GetInterview", self._stub.GetInterview, request, READ_SECONDS)

    def service_info(self) -> pb.GetServiceInfoResponse:
        """What is at work there."""
        return self._call(
            "GetServiceInfo", self._stub.GetServiceInfo, pb.GetServiceInfoRequest(), READ_SECONDS
        )

    def report(self, interview_id: str) -> pb.GetReportResponse:
        """The report and where it is."""
        request = pb.GetReportRequest(interview_id=interview_id)
        return self._call("GetReport", self._stub.GetReport, request, READ_SECONDS)

    def _call(
        self, method: str, call: Callable[..., Response], request: object, deadline_seconds: float
    ) -> Response:
        def once() -> Response:
            try:
                return call(request, timeout=deadline_seconds)
            except grpc.RpcError as error:
                raise call_failed(method, error) from error

        return self._retrying()(once)

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, CallFailed) and error.worth_repeating),
            stop=stop_after_attempt(self._patience.attempts)
            | stop_before_delay(self._patience.total_seconds),
            wait=_wait_seconds,
            sleep=self._patience.sleep,
            before_sleep=self._tell,
            reraise=True,
        )

    def _tell(self, state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, CallFailed):
            self._on_repeat(failure, state.upcoming_sleep)


_backoff: Any = wait_random_exponential(multiplier=0.5, max=8)


def _wait_seconds(state: RetryCallState) -> float:
    """What the orchestrator asks for, plus jitter that grows with the tries."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after_seconds if isinstance(failure, CallFailed) else None
    return (asked or 0.0) + float(_backoff(state))
