# ruff: noqa: N802, ARG002 (gRPC names its methods in CamelCase and gives each a context)
"""What every service gets from common, over a real channel: ids, errors, health, metrics, drain, TLS."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from interview.v1 import evaluator_service_pb2 as pb
from interview.v1.evaluator_service_pb2_grpc import (
    EvaluatorServiceServicer,
    EvaluatorServiceStub,
    add_EvaluatorServiceServicer_to_server,
)
from structlog.testing import capture_logs
from structlog.typing import EventDict

from services.common import logs
from services.common.channel import ClientTls, PeerMethod, open_channel
from services.common.errors import Overloaded
from services.common.interceptors import Context
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from tests.pki import make_pki
from tests.rpc.orchestra import failure

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub

SERVICE = "interview.v1.EvaluatorService"
_LIST: Any = reflection_pb2.ServerReflectionRequest(list_services="")
METHOD = f"/{SERVICE}/GetJudgeInfo"


class Judge(EvaluatorServiceServicer):
    """Tells its request id as its model; `fault` is raised, `hold` waits."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.called = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def GetJudgeInfo(
        self, request: pb.GetJudgeInfoRequest, context: Context
    ) -> pb.GetJudgeInfoResponse:
        self.called.set()
        await self.free.wait()
        if self.fault:
            raise self.fault
        return pb.GetJudgeInfoResponse(judge="rubric", model=logs.request_id())

    async def EvaluateAnswer(
        self, request: pb.EvaluateAnswerRequest, context: Context
    ) -> pb.EvaluateAnswerResponse:
        raise NotImplementedError

    async def GenerateFollowUp(
        self, request: pb.GenerateFollowUpRequest, context: Context
    ) -> pb.GenerateFollowUpResponse:
        raise NotImplementedError

    async def DraftCriteria(
        self, request: pb.DraftCriteriaRequest, context: Context
    ) -> pb.DraftCriteriaResponse:
        raise NotImplementedError


def serving(judge: Judge, **settings: object) -> Server:
    values = {"port": 0, "metrics_port": 0, "drain_seconds": 5, **settings}
    server = Server(SERVICE, ServerSettings(**values), receive_limit_bytes=MIB)  # type: ignore[arg-type]
    add_EvaluatorServiceServicer_to_server(judge, server.grpc)
    return server


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
async def server(judge: Judge) -> AsyncIterator[Server]:
    async with serving(judge) as running:
        await running.set_ready(True)
        yield running


@pytest.fixture
async def channel(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as opened:
        yield opened


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> EvaluatorServiceAsyncStub:
    return EvaluatorServiceStub(channel)


def info(stub: EvaluatorServiceAsyncStub, *metadata: tuple[str, str]) -> grpc.aio.UnaryUnaryCall:  # type: ignore[type-arg]
    return stub.GetJudgeInfo(pb.GetJudgeInfoRequest(), timeout=10, metadata=metadata)


async def request_id_told(call: grpc.aio.UnaryUnaryCall) -> str:  # type: ignore[type-arg]
    return str(dict(await call.trailing_metadata() or ())["x-request-id"])


async def test_the_callers_request_id_is_bound_logged_and_told(stub: EvaluatorServiceAsyncStub) -> None:
    """In the handler, on the log line of the call and in the trailing metadata: the same id."""
    with capture_logs(processors=[_with_context]) as logged:
        call = info(stub, ("x-request-id", "caller-7"))
        assert (await call).model == "caller-7"
        assert await request_id_told(call) == "caller-7"
    assert [
        (line["method"], line["code"], line["request_id"]) for line in logged if line["event"] == "rpc"
    ] == [("GetJudgeInfo", "OK", "caller-7")]


def _with_context(_: object, __: str, event: EventDict) -> EventDict:
    return {**event, "request_id": logs.request_id()}


@pytest.mark.parametrize("given", [(), (("x-request-id", "x" * 129),), (("x-request-id", ""),)])
async def test_without_a_usable_request_id_one_is_made(
    stub: EvaluatorServiceAsyncStub, given: tuple[tuple[str, str], ...]
) -> None:
    """None, an empty one or a very long one: each call gets an id of its own."""
    calls = [info(stub, *given) for _ in range(2)]
    ids = [await request_id_told(call) for call in calls]
    assert len({*ids}) == 2
    assert all(len(one) == 32 for one in ids)


async def test_the_request_id_goes_on_to_peers(channel: grpc.aio.Channel) -> None:
    """A call made while a call is served carries the same id; outside of one there is none to carry."""
    method = PeerMethod(METHOD, EvaluatorServiceStub(channel).GetJudgeInfo)

    async def within() -> str:
        logs.bind_request_id("outer-9")
        return (await method(pb.GetJudgeInfoRequest(), timeout_seconds=10)).model

    assert await asyncio.create_task(within()) == "outer-9"
    assert len((await method(pb.GetJudgeInfoRequest(), timeout_seconds=10)).model) == 32


async def test_an_unexpected_exception_is_internal_without_its_text(
    stub: EvaluatorServiceAsyncStub, judge: Judge
) -> None:
    """INTERNAL, the request id to look for, nothing of the exception; the log has it."""
    judge.fault = ValueError("secret words")
    with capture_logs() as logged:
        failed = await failure(info(stub, ("x-request-id", "caller-7")))
    assert (failed.code, failed.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "caller-7" in (failed.error.details() or "")
    assert "secret" not in str(failed.error)
    assert [line["exc_info"] for line in logged if line["event"] == "unexpected exception"] == [judge.fault]


async def test_a_domain_error_that_cannot_be_told_is_internal_too(
    stub: EvaluatorServiceAsyncStub, judge: Judge
) -> None:
    """Its words are no text: as an unexpected exception, and nothing of its own fault is told."""
    judge.fault = Overloaded("secret words \ud800")
    with capture_logs() as logged:
        failed = await failure(info(stub, ("x-request-id", "caller-7")))
    assert (failed.code, failed.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "caller-7" in (failed.error.details() or "")
    assert not any(word in str(failed.error) for word in ("secret", "Unicode", "Unexpected"))
    assert [type(line["exc_info"]) for line in logged if line["event"] == "unexpected exception"] == [
        UnicodeEncodeError
    ]


async def test_a_domain_error_is_its_status_with_details_and_request_id(
    stub: EvaluatorServiceAsyncStub, judge: Judge
) -> None:
    """RESOURCE_EXHAUSTED, OVERLOADED, RetryInfo, and the request id in the trailing metadata."""
    judge.fault = Overloaded("busy", retry_after_seconds=3)
    failed = await failure(info(stub, ("x-request-id", "caller-7")))
    assert (failed.code, failed.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert failed.retry_seconds == 3
    assert ("x-request-id", "caller-7") in tuple(failed.error.trailing_metadata())


async def test_a_message_over_the_limit_is_refused(stub: EvaluatorServiceAsyncStub) -> None:
    """RESOURCE_EXHAUSTED by gRPC itself; the server goes on."""
    request = pb.EvaluateAnswerRequest(answer_text="x" * MIB)
    failed = await failure(stub.EvaluateAnswer(request, timeout=10))
    assert failed.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await info(stub)).judge == "rubric"


async def health(channel: grpc.aio.Channel, service: str) -> str:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    reply = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
    return health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)


async def test_health_tells_alive_and_ready_apart(judge: Judge) -> None:
    """The empty name is SERVING from the start; the service once it is told ready, and no longer when not."""
    async with serving(judge) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        assert await health(channel, "") == "SERVING"
        assert await health(channel, SERVICE) == "NOT_SERVING"
        await server.set_ready(True)
        assert await health(channel, SERVICE) == "SERVING"
        await server.set_ready(False, "weights missing")
        assert await health(channel, SERVICE) == "NOT_SERVING"


async def test_readiness_told_before_the_start_is_shown(judge: Judge) -> None:
    """A worker that is quicker than the server does not leave it NOT_SERVING for ever."""
    server = serving(judge)
    await server.set_ready(True)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        assert await health(channel, SERVICE) == "SERVING"


async def test_only_transitions_of_readiness_are_logged(server: Server) -> None:
    """Told the same every two seconds, the log says it once."""
    with capture_logs() as logged:
        for ready in (True, True, False, False, True):
            await server.set_ready(ready, "")
    assert [line["event"] for line in logged] == ["not ready", "ready"]


async def test_a_client_that_watches_health_waits_until_ready(judge: Judge) -> None:
    """A channel of ours calls no replica that is not ready, and calls it as soon as it is."""
    async with serving(judge) as server, open_channel(f"127.0.0.1:{server.port}", SERVICE) as channel:
        stub = EvaluatorServiceStub(channel)
        assert (await failure(info(stub))).code is grpc.StatusCode.UNAVAILABLE
        assert not judge.called.is_set()
        await server.set_ready(True)
        waiting = stub.GetJudgeInfo(pb.GetJudgeInfoRequest(), timeout=10, wait_for_ready=True)
        assert (await waiting).judge == "rubric"


async def test_reflection_lists_the_service(channel: grpc.aio.Channel) -> None:
    """grpcurl works without the protos."""
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)  # type: ignore[arg-type]  # knows sync only
    asked = iter([_LIST])
    replies = [reply async for reply in stub.ServerReflectionInfo(asked)]
    assert SERVICE in {service.name for service in replies[0].list_services_response.service}


async def page(port: int) -> str:
    def read() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
            return str(reply.read().decode())

    return await asyncio.to_thread(read)


async def test_the_metrics_page_counts_calls_of_both_sides(
    server: Server, channel: grpc.aio.Channel, judge: Judge
) -> None:
    """Started, handled by code, seconds; server and client; health and reflection are not counted."""
    method = PeerMethod(METHOD, EvaluatorServiceStub(channel).GetJudgeInfo)
    await method(pb.GetJudgeInfoRequest(), timeout_seconds=10)
    judge.fault = Overloaded("busy")
    await failure(method(pb.GetJudgeInfoRequest(), timeout_seconds=10))
    await health(channel, "")
    shown = await page(server.metrics_port)
    labels = f'grpc_method="GetJudgeInfo",grpc_service="{SERVICE}",grpc_type="unary"'
    for side in ("server", "client"):
        assert f"grpc_{side}_started_total{{{labels}}}" in shown
        assert f"grpc_{side}_handling_seconds_count{{{labels}}}" in shown
        for code in ("OK", "RESOURCE_EXHAUSTED"):
            assert f'grpc_{side}_handled_total{{grpc_code="{code}",{labels}}}' in shown
    assert "grpc.health" not in shown


async def test_a_call_that_runs_is_finished_before_the_stop(judge: Judge) -> None:
    """The server waits for it, and it gets its reply."""
    server = await serving(judge).__aenter__()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        judge.free.clear()
        running = info(EvaluatorServiceStub(channel))
        await judge.called.wait()
        stopping = asyncio.create_task(server.__aexit__(None, None, None))
        done, _ = await asyncio.wait({stopping}, timeout=0.05)
        assert not done
        judge.free.set()
        assert (await running).judge == "rubric"
        await stopping


async def test_a_call_that_outlasts_the_drain_is_told_so(judge: Judge) -> None:
    """UNAVAILABLE, STOPPING, with RetryInfo: the caller repeats on another replica."""
    server = serving(judge, drain_seconds=0.05)
    judge.free.clear()
    async with server:
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
        running = asyncio.create_task(failure(info(EvaluatorServiceStub(channel))))
        await judge.called.wait()
    told = await running
    await channel.close()
    assert (told.code, told.reason) == (grpc.StatusCode.UNAVAILABLE, "STOPPING")
    assert told.retry_seconds == 1


async def test_more_calls_than_are_taken_at_once_are_told_to_come_back(judge: Judge) -> None:
    """RESOURCE_EXHAUSTED, OVERLOADED, with RetryInfo; what runs goes on, and then there is room."""
    server = serving(judge, max_concurrent_calls=1)
    judge.free.clear()
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = EvaluatorServiceStub(channel)
        running = info(stub)
        await judge.called.wait()
        told = await failure(info(stub))
        assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        assert told.retry_seconds == 1
        assert await health(channel, "") == "SERVING"
        judge.free.set()
        assert (await running).judge == "rubric"
        assert (await info(stub)).judge == "rubric"


@pytest.mark.parametrize("port", ["port", "metrics_port"])
async def test_a_taken_port_ends_the_start_with_a_line_that_names_its_variable(
    server: Server, judge: Judge, port: str
) -> None:
    """Both ports."""
    second = serving(judge, **{port: getattr(server, port)})
    with pytest.raises(SystemExit) as raised:
        await second.__aenter__()
    await second.grpc.stop(0)
    assert str(raised.value).startswith(f"{port.upper()}: cannot listen on ")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA with a certificate for 127.0.0.1, and another CA with one that nobody here trusts."""
    return make_pki(tmp_path_factory.mktemp("pki"))


def tls(pki: Path, **more: Path) -> dict[str, Path]:
    return {"tls_certificate_file": pki / "us.pem", "tls_key_file": pki / "us.key", **more}


async def called(address: str, client: ClientTls | None) -> grpc.StatusCode:
    async with open_channel(address, SERVICE, tls=client) as channel:
        try:
            await EvaluatorServiceStub(channel).GetJudgeInfo(pb.GetJudgeInfoRequest(), timeout=5)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK


async def test_tls_serves_who_trusts_it_and_nobody_in_plain_text(judge: Judge, pki: Path) -> None:
    """The right CA: OK. Another CA or no TLS at all: UNAVAILABLE."""
    async with serving(judge, **tls(pki)) as server:
        await server.set_ready(True)
        address = f"127.0.0.1:{server.port}"
        assert await called(address, ClientTls(pki / "ca.pem")) is grpc.StatusCode.OK
        assert await called(address, ClientTls(pki / "other_ca.pem")) is grpc.StatusCode.UNAVAILABLE
        assert await called(address, None) is grpc.StatusCode.UNAVAILABLE


async def test_mutual_tls_serves_who_shows_a_certificate_of_its_ca(judge: Judge, pki: Path) -> None:
    """A certificate of the client CA: OK. None, or one of another CA: UNAVAILABLE, and no handler runs."""
    async with serving(judge, **tls(pki, tls_client_ca_file=pki / "ca.pem")) as server:
        await server.set_ready(True)
        address = f"127.0.0.1:{server.port}"
        assert await called(address, ClientTls(pki / "ca.pem")) is grpc.StatusCode.UNAVAILABLE
        stranger = ClientTls(pki / "ca.pem", pki / "them.pem", pki / "them.key")
        assert await called(address, stranger) is grpc.StatusCode.UNAVAILABLE
        assert not judge.called.is_set()
        friend = ClientTls(pki / "ca.pem", pki / "us.pem", pki / "us.key")
        assert await called(address, friend) is grpc.StatusCode.OK


async def test_a_certificate_that_is_none_ends_the_start_with_one_line(judge: Judge, tmp_path: Path) -> None:
    """A file that is there but holds no certificate: no traceback, no plain text either."""
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("no certificate")
    server = serving(judge, tls_certificate_file=tmp_path / "cert.pem", tls_key_file=tmp_path / "key.pem")
    with pytest.raises(SystemExit):
        await server.__aenter__()
    await server.grpc.stop(0)
