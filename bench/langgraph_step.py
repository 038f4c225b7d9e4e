"""What does a step of an interview cost in CPU, against LangGraph with its SQLite checkpointer?

`python -m bench.langgraph_step`: one step of ours takes an interview of 18 KB and writes its next version;
the other side is a graph of one node whose state is the same document, with AsyncSqliteSaver. Not among what
`make bench` runs by itself: needs `langgraph` and `langgraph-checkpoint-sqlite`, as nothing else does.
"""

import asyncio
import importlib
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypedDict

import uvloop

from bench.rows import tell_rounds
from bench.steps import large, stepping
from services.orchestrator.documents import interview_to_json
from services.orchestrator.sqlite_store import SqliteStore

ROUNDS = 7
STEPS = 100


class State(TypedDict):
    """What the graph carries."""

    document: str


def main() -> None:
    """Measures and prints one row."""
    with (
        tempfile.TemporaryDirectory(dir=".") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        ours, theirs = runner.run(_rounds(Path(folder).resolve()))
    tell_rounds("6 one step / LangGraph, CPU", ours, theirs, "ms CPU", at_most=0.1)


async def _rounds(folder: Path) -> tuple[list[float], list[float]]:
    saver = importlib.import_module("langgraph.checkpoint.sqlite.aio").AsyncSqliteSaver
    store = SqliteStore(folder / "ours.db")
    step = await stepping(store)
    ours, theirs = [], []
    async with saver.from_conn_string(str(folder / "theirs.db")) as checkpointer:
        graph = _graph(checkpointer)
        for number in range(ROUNDS + 1):
            config = {"configurable": {"thread_id": str(number)}}
            state: Any = {"document": interview_to_json(large()).decode()}

            async def invoke(config: Any = config, state: Any = state) -> None:
                await graph.ainvoke(state, config)

            ours.append(await _cpu(step))
            theirs.append(await _cpu(invoke))
    await store.close()
    return ours[1:], theirs[1:]  # the first one warms up


def _graph(checkpointer: Any) -> Any:
    graphs: Any = importlib.import_module("langgraph.graph")

    async def step(state: State) -> State:
        return {"document": state["document"]}

    graph = graphs.StateGraph(State)
    graph.add_node("step", step)
    graph.add_edge(graphs.START, "step")
    graph.add_edge("step", graphs.END)
    return graph.compile(checkpointer=checkpointer)


async def _cpu(step: Callable[[], Awaitable[None]]) -> float:
    """Milliseconds of CPU per step, all threads."""
    begun = time.process_time()
    for _ in range(STEPS):
        await step()
    return (time.process_time() - begun) / STEPS * 1000


if __name__ == "__main__":
    main()
