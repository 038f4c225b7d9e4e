"""More of a service, and services that die or restart, while interviews go on."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from interview.v1 import core_pb2 as core

from tests.docker.interviews import interview, orchestrator, receipt
from tests.docker.system import SERVICES, System
from tests.e2e.holding import hold, specification
from tests.kafka.waiting import wait_for

INTERVIEWS = 6


@pytest.fixture
def three_evaluators(system: System) -> Iterator[list[str]]:
    """Their containers, beside two emotion services; one of each again afterwards."""
    scaled = ("up", "-d", "--no-recreate", "--wait", "--scale")
    system.compose(*scaled, "evaluator=3", "--scale", "emotion=2", "evaluator", "emotion")
    yield [f"speakalka-evaluator-{number}" for number in (1, 2, 3)]
    system.compose(*scaled, "evaluator=1", "--scale", "emotion=1", "evaluator", "emotion")


def judged(system: System, container: str) -> int:
    """How many answers a replica has judged."""
    return system.logs(container).count('"method":"EvaluateAnswer","code":"OK"')


def test_answers_spread_over_replicas(system: System, three_evaluators: list[str]) -> None:
    """`--scale evaluator=3 --scale emotion=2`: with no restart of anything else, all three judge answers."""

    def all_have_judged() -> bool:
        interview(system)
        return all(judged(system, container) for container in three_evaluators)

    wait_for(all_have_judged, 60, "each replica judges answers")


def test_a_replica_that_dies_loses_no_answer(system: System, three_evaluators: list[str]) -> None:
    """One of three is killed while interviews are held: each answer is scored, and Docker starts it again."""
    with ThreadPoolExecutor() as pool:
        held = [pool.submit(interview, system) for _ in range(INTERVIEWS)]
        pid = int(system.run("docker", "inspect", "-f", "{{.State.Pid}}", three_evaluators[1]))
        os.kill(pid, signal.SIGKILL)
        assert {one.result().status for one in held} == {core.DELIVERY_STATUS_DELIVERED}
    restarts = ("docker", "inspect", "-f", "{{.RestartCount}} {{.State.Running}}", three_evaluators[1])
    wait_for(lambda: system.run(*restarts).split() == ["1", "true"], 30, "the replica runs again")


@pytest.mark.parametrize("service", SERVICES)
def test_a_restart_loses_nothing(system: System, service: str) -> None:
    """`docker compose restart` in the middle of an interview: it goes on, and its report has every answer."""
    restarted = []

    def restart_before_the_second(question_id: str) -> None:
        if question_id == "q2":
            restarted.append(system.compose("restart", service))

    with orchestrator(system) as stub:
        replies = hold(stub, specification(), before=restart_before_the_second)
        assert restarted
        assert [reply.answer.HasField("score") for reply in replies] == [True, True, True]
        assert receipt(stub, replies[-1].delivery.report_id).status == core.DELIVERY_STATUS_DELIVERED
