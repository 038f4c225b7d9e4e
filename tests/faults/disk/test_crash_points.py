"""Death at every system call of filing, delivering, redelivering and rejecting: nothing promised is lost.

Two ways to die, at each call: the power goes (with all, none, or any part of what was not synced kept), or
the process is killed (nothing is forgotten), its caller repeats to the next one, and then the power goes.
"""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.faults.disk.forgetful_disk import ForgetfulDisk
from tests.faults.disk.lives import SCENARIOS, Rules, Scenario, World
from tests.faults.disk.mutants import MUTANTS


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A thousand deaths are not to be written down with their tracebacks."""
    with capture_logs():
        yield


async def faults_of(scenario: Scenario, rules: Rules) -> tuple[list[str], int]:
    """Everything that goes wrong however it dies; and how many calls it can die at."""
    faults: list[str] = []
    dies_at = 0
    while True:
        world, disk = World(scenario, rules), scenario.disk()
        disk.dies_at = dies_at
        came_through = await world.life(disk, kafka_is_up=scenario.kafka_is_up)
        found = await after_power_cut(world, disk) + await after_kill(world, disk)
        faults += [f"{fault}, dying at {dies_at} after {disk.calls[-3:]}" for fault in found]
        if came_through:
            return faults, dies_at
        dies_at += 1


async def after_power_cut(world: World, disk: ForgetfulDisk) -> list[str]:
    """What is wrong at the end of the next life, whatever the power cut left."""
    faults = []
    for left in disk.after_power_cut():
        next_world = world.after_death()
        assert await next_world.life(left, kafka_is_up=True)
        faults += next_world.faults(left)
    return faults


async def after_kill(world: World, disk: ForgetfulDisk) -> list[str]:
    """What is wrong when the next process still finds what was not synced, and then the power goes."""
    faults = []
    for kafka_is_up in (True, False):
        next_world, left = world.after_death(), disk.after_kill()
        assert await next_world.life(left, kafka_is_up=kafka_is_up)
        faults += await after_power_cut(next_world, left)
    return faults


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.what)
async def test_nothing_is_lost(scenario: Scenario) -> None:
    """Wherever it dies: what was promised or waited is on the topic or aside, and the next start works."""
    faults, calls = await faults_of(scenario, Rules())
    assert faults == []
    assert calls >= 8


@pytest.mark.parametrize("what", MUTANTS)
async def test_mutants_are_caught(what: str) -> None:
    """A reporter with one of its rules removed loses a report, or sends one twice, somewhere."""
    for scenario in SCENARIOS:
        faults, _ = await faults_of(scenario, MUTANTS[what])
        if faults:
            return
    pytest.fail(f"{what}: nobody noticed")
