"""`speakalka` when something fails: what is repeated, what is told, and the exit code."""

import asyncio
import signal
import sys
from collections import deque
from pathlib import Path

import pytest
from interview.v1 import core_pb2 as core
from speakalka.calls import Orchestrator, Patience, open_channel
from speakalka.failures import CallFailed
from speakalka.main import main

from services.common.errors import InvalidField
from tests.fakes.orchestrator import FakeOrchestrator
from tests.rpc.cli.running import FILE, EmotionOff, Speakalka, StoreAway, write


@pytest.mark.parametrize("method", ["StartInterview", "SubmitAnswer", "FinishInterview"])
async def test_what_is_away_is_called_again(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path, method: str
) -> None:
    """UNAVAILABLE is repeated with the same request, also when the first try had done its work."""
    fake.failures[method] = deque([StoreAway("the store is away", retry_after_seconds=0.01)])
    fake.failures_after[method] = deque([StoreAway("the store is away", retry_after_seconds=0.01)])
    ran = await speakalka("interview", file)
    assert ran.code == 0
    assert f"{method}: the store is away (UNAVAILABLE, STORE_UNAVAILABLE); again in" in ran.flat
    assert len(fake.interviews) == 1
    assert len(fake.interviews["interview_0"].answers) == 3


async def test_the_orchestrator_says_how_long_to_wait(fake: FakeOrchestrator, address: str) -> None:
    """RetryInfo is waited for before the next try, with some jitter on top."""
    fake.failures["GetReport"] = deque([StoreAway("away", retry_after_seconds=7)])
    waited: list[float] = []
    with open_channel(address) as channel:
        orchestrator = Orchestrator(channel, Patience(waited.append), lambda *_: None)
        with pytest.raises(CallFailed, match="INTERVIEW_NOT_FOUND"):
            await asyncio.to_thread(orchestrator.report, "interview_0")
    assert len(waited) == 1
    assert 7 <= waited[0] <= 8


async def test_patience_has_an_end(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """What stays away ends the command with code 1, the reason, and how to go on."""
    fake.failures["SubmitAnswer"] = deque(StoreAway("away", retry_after_seconds=0.2) for _ in range(100))
    ran = await speakalka("interview", file, "--patience", "0.5")
    assert ran.code == 1
    assert "speakalka: SubmitAnswer: away (UNAVAILABLE, STORE_UNAVAILABLE)" in ran.flat
    assert "To go on with this interview, add: --request-id " in ran.flat


async def test_an_interview_is_gone_on_with(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """The same request id goes on with the same interview; what was answered stays answered as it was."""
    fake.failures["SubmitAnswer"] = deque([EmotionOff("no emotions are read here")])
    assert (await speakalka("interview", file, "--request-id", "again")).code == 1
    write(file, FILE.replace("good one", "another text"))
    fake.failures_after["SubmitAnswer"] = deque([EmotionOff("no emotions are read here")])
    assert (await speakalka("interview", file, "--request-id", "again")).code == 1
    ran = await speakalka("interview", file.parent / "interview.yaml", "--request-id", "again")
    assert ran.code == 0
    assert "another text given earlier" in ran.flat
    assert len(fake.interviews) == 1


async def test_a_refusal_is_told_with_reason_and_field(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """What the orchestrator refuses is not repeated; the line holds status, reason and field."""
    fake.failures["StartInterview"] = deque([InvalidField("specification.room_id", "must be empty")])
    ran = await speakalka("interview", file)
    assert ran.code == 1
    assert (
        "speakalka: StartInterview: specification.room_id: must be empty "
        "(INVALID_ARGUMENT, INVALID_FIELD, field specification.room_id)" in ran.flat
    )
    assert len(fake.requests) == 1


async def test_an_end_that_takes_its_time_is_waited_for(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """FINISHING is asked about again until the report is there."""
    fake.ends = deque([core.INTERVIEW_STATE_FINISHING])
    assert (await speakalka("interview", file)).code == 0


async def test_an_end_that_does_not_come_is_told(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """Still FINISHING when patience ends: code 1, and that the report follows by itself."""
    fake.ends = deque([core.INTERVIEW_STATE_FINISHING] * 100)
    ran = await speakalka("interview", file, "--patience", "0.6")
    assert ran.code == 1
    assert "its report follows by itself" in ran.flat


@pytest.mark.parametrize("command", ["report", "show"])
async def test_an_unknown_interview_is_told(speakalka: Speakalka, command: str) -> None:
    """A wrong id ends with code 1 and the orchestrator's reason."""
    ran = await speakalka(command, "interview_9")
    assert ran.code == 1
    assert "NOT_FOUND, INTERVIEW_NOT_FOUND" in ran.flat


async def test_nobody_listening_is_told(capsys: pytest.CaptureFixture[str], unused_tcp_port: int) -> None:
    """No orchestrator at the address: repeated, then code 1 with the address in the line."""
    arguments = ["show", "interview_0", "--address", f"127.0.0.1:{unused_tcp_port}", "--patience", "1"]
    assert await asyncio.to_thread(main, arguments) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert f"127.0.0.1:{unused_tcp_port}" in out
    assert "(UNAVAILABLE); again in" in out
    assert out.endswith("(UNAVAILABLE)")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["interview", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["show", "x", "--cert-file", "c.pem", "--key-file", "k.pem"], "need --ca-file"),
        (["show", "x", "--ca-file", "ca.pem", "--key-file", "k.pem"], "together or not at all"),
        (["show", "x", "--ca-file", "no-ca.pem"], "no-ca.pem: No such file or directory"),
    ],
)
async def test_wrong_use_ends_with_code_2(speakalka: Speakalka, arguments: list[str], told: str) -> None:
    """A wrong file or option ends with code 2 and one line, before anything is called."""
    ran = await speakalka(*arguments)
    assert (ran.code, told in ran.out) == (2, True)


async def test_photos_without_consent_are_refused(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """--photos for an interview without consent is wrong use: nothing is sent anywhere."""
    lines = [line for line in FILE.splitlines() if not line.startswith("consent")]
    write(file, "\n".join(lines).replace(", photo: face.jpg", ""))
    ran = await speakalka("interview", file, "--photos", file.parent)
    assert (ran.code, fake.requests) == (2, [])


# A job in the background, as these tests may be, hands on that Ctrl-C is ignored.
WITH_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from speakalka.main import main; sys.exit(main())"
)


async def test_ctrl_c_says_how_to_go_on(fake: FakeOrchestrator, address: str, file: Path) -> None:
    """SIGINT ends the command with code 130 and the request id that goes on with the interview."""
    fake.failures["SubmitAnswer"] = deque([StoreAway("away", retry_after_seconds=60)])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITH_CTRL_C, "interview", str(file), "--address", address),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        async for line in process.stdout:
            if b"again in" in line:
                process.send_signal(signal.SIGINT)
                break
        ending = asyncio.ensure_future(process.communicate())
        while not (await asyncio.wait({ending}, timeout=10))[0]:
            process.send_signal(signal.SIGINT)  # Python loses an interrupt that falls into a destructor
        said, _ = await ending
    assert process.returncode == 130
    assert b"To go on with this interview, add: --request-id " in said
