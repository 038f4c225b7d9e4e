"""The orchestrator's doctor: store of both kinds, disk, network, peers, clocks, each with its real fault."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from services.common.doctor import Finding
from services.orchestrator import postgres_store, sqlite_store
from services.orchestrator.doctor import findings
from services.orchestrator.postgres_store import PostgresStore
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store_look import StoreLook, StoreNotThere, StoreUnusable
from tests.fakes.nouns import begun
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[3]
NOW = datetime.now(UTC)


@pytest.fixture
async def kept(tmp_path: Path) -> Path:
    """A store with an interview in it."""
    file = tmp_path / "orchestrator.db"
    store = SqliteStore(file)
    await store.add(begun(), "")
    await store.close()
    return file


# Port 1 is nobody's; a system may be running on the default ones.
NOBODY = {f"{peer}_address": "127.0.0.1:1" for peer in ("evaluator", "emotion", "reporter")}


def found(
    file: Path, look: Callable[[], StoreLook] | None = None, *, now: datetime = NOW, **settings: str
) -> dict[str, Finding]:
    """By check. No peer runs, unless the settings say where."""
    told = {"database_url": f"sqlite:///{file}", **NOBODY, **settings}
    given = OrchestratorSettings(**told)  # type: ignore[arg-type]
    found = findings(given, look or (lambda: sqlite_store.look_at(file)), lambda: now)
    return {finding.check: finding for finding in found}


def test_a_store_that_works_is_well(kept: Path) -> None:
    """Says where it is and how many reports wait; leaves nothing behind."""
    before = sorted(kept.parent.iterdir())
    given = found(kept)
    assert given["store"] == Finding("store", ok=True, told=f"{kept} works; 0 reports wait in it")
    assert given["store folder"].ok
    assert given["disk"].ok
    assert sorted(kept.parent.iterdir()) == before


async def test_a_store_may_be_in_use(kept: Path) -> None:
    """Beside an orchestrator that has it, too, which goes on writing."""
    store = SqliteStore(kept)
    assert found(kept)["store"].ok
    await store.add(replace(begun(), interview_id="interview_2"), "")
    await store.close()


def test_a_store_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    """The file, and the folder; an orchestrator that starts makes both."""
    file = tmp_path / "data" / "orchestrator.db"
    given = found(file)
    assert given["store"].told == f"{file} is not there yet"
    assert given["store folder"].told == f"{file.parent} is not there"
    assert not file.parent.exists()


def test_a_store_that_is_none_is_told(tmp_path: Path) -> None:
    """Some other file, and one whose tables are another program's."""
    other = tmp_path / "orchestrator.db"
    other.write_text("hello, world" * 100)
    assert found(other)["store"].told == f"{other}: file is not a database"
    other.write_bytes(b"")
    assert found(other)["store"].told == f"{other}: no such table: reports"


def test_a_damaged_store_is_told(kept: Path) -> None:
    """Pages overwritten, as a failing disk leaves them."""
    content = kept.read_bytes()
    kept.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    bad = found(kept)["store"]
    assert not bad.ok
    assert "malformed" in bad.told


@pytest.fixture
async def database(postgres_server: PostgresServer) -> str:
    return await postgres_server.new_database()


async def test_a_database_that_works_is_well(database: str) -> None:
    """Reached, with our tables, and its clock told; the URL's user stands nowhere."""
    await (await PostgresStore.open(database)).close()
    look = await postgres_store.look_at(database)
    assert (look.waiting_reports, look.newest_interview) == (0, None)
    assert look.where.startswith("127.0.0.1/test_")
    assert look.time is not None
    assert abs(look.time - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_database_without_tables_is_told(database: str) -> None:
    """An orchestrator that starts makes them."""
    with pytest.raises(StoreNotThere, match=r"the schema of 127\.0\.0\.1/test_"):
        await postgres_store.look_at(database)


async def test_a_database_that_cannot_be_used_is_told_without_the_password(database: str) -> None:
    """No such database, nobody there, and one that takes no writes."""
    secret = database.replace("speakalka@", "speakalka:s3cret@")
    with socket.create_server(("127.0.0.1", 0)) as held:
        nobody = f"postgresql://speakalka:s3cret@127.0.0.1:{held.getsockname()[1]}/x"
    for url, why in ((f"{secret}_x", "does not exist"), (nobody, "refused|Connect")):
        with pytest.raises(StoreUnusable, match=why) as raised:
            await postgres_store.look_at(url)
        assert "s3cret" not in str(raised.value)
    await (await PostgresStore.open(database)).close()
    db = await asyncpg.connect(database)
    await db.execute(f"ALTER DATABASE {database.rpartition('/')[2]} SET default_transaction_read_only = on")
    await db.close()
    with pytest.raises(StoreUnusable, match="takes no writes"):
        await postgres_store.look_at(database)


def test_clocks_that_differ_are_told(kept: Path) -> None:
    """The database's, and that of whoever wrote the newest interview."""
    look = StoreLook("db", 0, None, time=NOW + timedelta(minutes=1))
    assert found(kept, lambda: look)["clock"].told == "60 s behind the database"
    early = found(kept, now=datetime(2001, 1, 1, tzinfo=UTC))["clock"]
    assert "the newest interview was at" in early.told


def test_every_peer_is_looked_for(kept: Path) -> None:
    """By name and address; one that is not called is not missed."""
    given = found(kept, emotion_policy="off", evaluator_address="evaluator.invalid:50052")
    assert "evaluator.invalid:50052" in given["network"].told
    assert not given["peer evaluator evaluator.invalid:50052"].ok
    assert given["peer emotion"].told == "is not called: ORCHESTRATOR_EMOTION_POLICY=off"
    assert given["peer reporter 127.0.0.1:1"].do.endswith("until then reports wait in the store")


def test_the_command(kept: Path) -> None:
    """As a person types it: JSON by the line, exit 1 while peers are away, nothing on standard error."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        nobody = f"127.0.0.1:{held.getsockname()[1]}"
    peers = {f"ORCHESTRATOR_{name}_ADDRESS": nobody for name in ("EVALUATOR", "EMOTION", "REPORTER")}
    done = subprocess.run(
        [sys.executable, "-m", "services.orchestrator", "doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, **peers, "ORCHESTRATOR_DATABASE_URL": f"sqlite:///{kept}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["check"].split()[0], line["ok"]) for line in lines] == [
        ("store", True),
        ("disk", True),
        ("store", True),
        ("network", True),
        ("peer", False),
        ("peer", False),
        ("peer", False),
        ("clock", True),
    ]
