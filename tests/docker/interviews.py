"""Interviews through the published port, and what becomes of their reports."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

from tests.docker.system import SETTLED_SECONDS, System
from tests.e2e.holding import hold, repeated, specification
from tests.kafka.waiting import wait_for


@contextmanager
def orchestrator(system: System) -> Iterator[OrchestratorServiceStub]:
    """The orchestrator by its published port."""
    with grpc.insecure_channel(system.address) as channel:
        yield OrchestratorServiceStub(channel)


def interview(system: System, *, room_id: str = "") -> core.Delivery:
    """Holds a whole interview, every answer scored; where its report is once it is somewhere."""
    kind = "INTERVIEW_KIND_ROOM" if room_id else "INTERVIEW_KIND_TECHNICAL"
    with orchestrator(system) as stub:
        replies = hold(stub, specification(kind=kind, room_id=room_id))
        assert all(reply.answer.HasField("score") for reply in replies)
        return receipt(stub, replies[-1].delivery.report_id)


def receipt(stub: OrchestratorServiceStub, report_id: str) -> core.Delivery:
    """Where a report is, as soon as it is delivered, filed or rejected."""
    asked = pb.GetReportRequest(interview_id=report_id.rpartition(".")[0])
    told: list[core.Delivery] = []

    def settled() -> bool:
        told.append(repeated(lambda: stub.GetReport(asked, timeout=5)).delivery)
        return told[-1].status != core.DELIVERY_STATUS_WAITING

    wait_for(settled, SETTLED_SECONDS, f"{report_id} is delivered or filed")
    return told[-1]
