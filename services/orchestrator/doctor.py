"""Looks at everything the orchestrator needs: its store, its peers, and the clocks. Changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.common.checks import MIB, clock, folder, network, room
from services.common.doctor import Finding
from services.common.peers import Peer, Peers
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.store_look import StoreLook, StoreNotThere, StoreUnusable

_LEAST_FREE_BYTES = 256 * MIB

LookAtStore = Callable[[], StoreLook]
Now = Callable[[], datetime]


def findings(
    settings: OrchestratorSettings, look_at_store: LookAtStore, now: Now = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """One finding after the other. `look_at_store` raises StoreNotThere or StoreUnusable."""
    if settings.database_path is not None:
        yield from _disk(settings.database_path.parent)
    look: StoreLook | None = None
    try:
        look = look_at_store()
    except StoreNotThere as error:
        do = "start the orchestrator: it makes it"
        yield Finding("store", ok=False, told=f"{error} is not there yet", do=do)
    except StoreUnusable as error:
        do = "see ORCHESTRATOR_DATABASE_URL; interviews that were accepted stand in this store only"
        yield Finding("store", ok=False, told=str(error), do=do)
    else:
        yield Finding("store", ok=True, told=f"{look.where} works; {look.waiting_reports} reports wait in it")
    peers = _peers(settings)
    do = "join the network in which they are known, or set ORCHESTRATOR_..._ADDRESS to names that are"
    yield network([peer.address for peer in peers], do=do)
    asked = Peers(settings.peer_tls)
    yield from asked.findings(peers)
    if settings.emotion_policy == "off":
        yield Finding("peer emotion", ok=True, told="is not called: ORCHESTRATOR_EMOTION_POLICY=off")
    yield _clock(now(), look, asked.ahead_of_us)


def _disk(path: Path) -> Iterator[Finding]:
    if not path.is_dir():
        do = "start the orchestrator: it makes it"
        yield Finding("store folder", ok=False, told=f"{path} is not there", do=do)
        return
    yield folder("store folder", path, do="see its disk, its owner and its permissions")
    do = "make room: without it no answer is accepted"
    yield room("disk", path, least_bytes=_LEAST_FREE_BYTES, do=do)


def _peers(settings: OrchestratorSettings) -> Sequence[Peer]:
    service = "interview.v1.{}Service".format
    evaluator = Peer(
        "evaluator", settings.evaluator_address, service("Evaluator"), "until then answers wait to be scored"
    )
    emotion = Peer(
        "emotion", settings.emotion_address, service("Emotion"), "until then interviews have no readings"
    )
    reporter = Peer(
        "reporter", settings.reporter_address, service("Reporter"), "until then reports wait in the store"
    )
    return [evaluator, reporter] if settings.emotion_policy == "off" else [evaluator, emotion, reporter]


def _clock(now: datetime, look: StoreLook | None, ahead_of_us: dict[str, float]) -> Finding:
    if look is None:
        return clock(now, ahead_of_us=ahead_of_us)
    database = {"the database": (look.time - now).total_seconds()} if look.time else {}
    past = {"the newest interview": look.newest_interview} if look.newest_interview else {}
    return clock(now, ahead_of_us={**database, **ahead_of_us}, past=past)
