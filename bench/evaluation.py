"""What does one evaluation cost on top of its HTTP request, and against the guides' way?

`python -m bench.evaluation`: the real judge (prompt, request, reply checked, quotes looked up, score) and a
server in a process of its own that answers at once; for the added latency, after 0.3 s. Line 7: against
aiohttp and orjson that post the same bytes and read the reply. Line 8: against
`AsyncOpenAI().chat.completions.parse` with the same messages and form. How much of it is the openai client:
its barest call (bytes in, bytes out) by its own transport against the same raw side. All share one process
and take turns in random order; CPU is this process's. Callers of the slow server begin one after the other,
spread over its 0.3 s: in step, each would wait for the work of all the others.
"""

import asyncio
import gc
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx2
import orjson
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types.chat import ChatCompletionMessageParam

from bench.llm_replies import serving
from bench.rows import tell_rounds
from services.common import logs
from services.evaluator.dialect import Capabilities, Dialect, Format
from services.evaluator.evaluation import AnswerTask, Criterion, Evaluation, Language, Turn
from services.evaluator.forms import GIVEN_CRITERIA, EvaluationForm, GivenVerdict
from services.evaluator.in_flight import InFlight
from services.evaluator.openai_judge import OpenAIJudge
from services.evaluator.prompt import Prompts
from tests.fakes.llm_model import fill
from tests.rpc.openai_judge import openai_judge

ROUNDS = 5
CALLS = 500
MANY_CALLS = 2_000
"""Of what is compared in a tenth of a millisecond: in 500 calls raw aiohttp spends 50 ms."""

MODEL_SECONDS = 0.3
MARK = "0123456789abcdef01234567"
TASK = AnswerTask(
    Language.RU,
    "Python",
    "Чем список отличается от кортежа?",
    "Список изменяемый, а кортеж неизменяемый: его состав после создания не поменять. Поэтому кортеж "
    "хешируется и бывает ключом словаря, потому что его хеш не меняется. Кортеж занимает меньше памяти. "
    "На проекте мы хранили в кортежах координаты, а списки брали там, где элементы добавляются.",
    2,
    (
        Criterion("Кортеж неизменяемый, список изменяемый"),
        Criterion("Кортеж хешируется и бывает ключом словаря"),
        Criterion("Кортеж занимает меньше памяти"),
    ),
    earlier_turns=(Turn("Что такое список?", "Массив ссылок на объекты, который растёт."),),
)

One = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Slice:
    """Many calls at once: milliseconds of CPU per call, calls per second, p50 in milliseconds."""

    cpu: float
    rate: float
    p50: float


def main() -> None:
    """Measures and prints five rows."""
    logs.configure("bench", "ERROR")
    gc.collect()
    gc.freeze()  # as the service does once it has started; here it serves all sides
    with serving(_reply()) as url, serving(_reply(), MODEL_SECONDS) as slow_url:
        rounds = asyncio.run(_rounds(url, slow_url))

    def of(name: str, figure: Callable[[Slice], float]) -> list[float]:
        return [figure(one[name]) for one in rounds]

    def cpu(one: Slice) -> float:
        return one.cpu

    def rate(one: Slice) -> float:
        return one.rate

    tell_rounds(
        "7 one evaluation, CPU at 100 in flight",
        of("ours 100", cpu),
        of("raw 100", cpu),
        "ms CPU",
        at_most=4.8,
    )
    tell_rounds(
        "7 evaluations per second at 500 in flight",
        of("ours 500", rate),
        of("raw 500", rate),
        "1/s",
        at_least=0.22,
    )
    added = [one["slow ours 32"].p50 - one["slow raw 32"].p50 for one in rounds]
    tell_rounds("7 added p50 at 32 in flight, of 10 ms", added, [10.0] * len(added), "ms", at_most=1.0)
    tell_rounds(
        "7 the openai client's barest call, CPU at 100",
        of("sdk 100", cpu),
        of("raw 100", cpu),
        "ms CPU",
        at_most=4.8,
    )
    tell_rounds(
        "8 one evaluation, CPU, against parse()",
        of("ours 32", cpu),
        of("guide 32", cpu),
        "ms CPU",
        at_most=0.5,
    )


async def _rounds(url: str, slow_url: str) -> list[dict[str, Slice]]:
    async with (
        openai_judge(slow_url, in_flight=InFlight(500, 500), new_mark=lambda: MARK) as slow_judge,
        openai_judge(url, in_flight=InFlight(500, 500), new_mark=lambda: MARK) as judge,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        AsyncOpenAI(base_url=url, api_key="none") as client,
        AsyncOpenAI(base_url=url, api_key="none", http_client=DefaultAioHttpClient()) as bare_client,
    ):
        ways: dict[str, One] = {
            "ours": lambda: _ours(judge),
            "raw": _raw(session, url),
            "guide": _guide(client),
            "sdk": _sdk(bare_client, url),
            "slow ours": lambda: _ours(slow_judge),
            "slow raw": _raw(session, slow_url),
        }
        slices = [
            ("ours", 100),
            ("raw", 100),
            ("sdk", 100),
            ("ours", 500),
            ("raw", 500),
            ("ours", 32),
            ("raw", 32),
            ("guide", 32),
            ("slow ours", 32),
            ("slow raw", 32),
        ]
        return [
            {
                f"{way} {many}": await _slice(
                    ways[way],
                    many,
                    MANY_CALLS if many >= 100 else CALLS,
                    MODEL_SECONDS if "slow" in way else 0.0,
                )
                for way, many in random.sample(slices, len(slices))
            }
            for _ in range(ROUNDS + 1)
        ][1:]  # the first one warms up


async def _ours(judge: OpenAIJudge) -> None:
    outcome = (await judge.evaluate(TASK, within_seconds=60)).outcome
    if not isinstance(outcome, Evaluation):
        raise TypeError(outcome)


def _body() -> dict[str, Any]:
    """The bytes that the judge sends."""
    ask: Any = _Asked(Prompts().evaluation(TASK, MARK), GIVEN_CRITERIA)
    return Dialect(Capabilities()).body("fake-model", ask, Format.JSON_SCHEMA)


@dataclass(frozen=True)
class _Asked:
    messages: Any
    response_format: dict[str, Any]


def _raw(session: aiohttp.ClientSession, url: str) -> One:
    body, headers = _body(), {"Content-Type": "application/json", "Authorization": "Bearer none"}

    async def ask() -> object:
        async with session.post(f"{url}/chat/completions", data=orjson.dumps(body), headers=headers) as reply:
            return orjson.loads(await reply.read())["choices"][0]["message"]["content"]

    return ask


def _sdk(client: AsyncOpenAI, url: str) -> One:
    body = _body()

    async def ask() -> object:
        reply = await client.post(
            f"{url}/chat/completions", content=orjson.dumps(body), cast_to=httpx2.Response
        )
        return orjson.loads(reply.content)["choices"][0]["message"]["content"]

    return ask


def _guide(client: AsyncOpenAI) -> One:
    messages: list[ChatCompletionMessageParam] = _body()["messages"]

    async def ask() -> object:
        completion = await client.chat.completions.parse(
            model="fake-model", messages=messages, response_format=EvaluationForm[GivenVerdict]
        )
        return completion.choices[0].message.parsed

    return ask


async def _slice(one: One, in_flight: int, calls: int, spread_seconds: float) -> Slice:
    shared, seconds = iter(range(calls)), list[float]()

    async def work(number: int) -> None:
        await asyncio.sleep(spread_seconds * number / in_flight)
        for _ in shared:
            begun = time.perf_counter()
            await one()
            seconds.append(time.perf_counter() - begun)

    cpu, begun = time.process_time(), time.perf_counter()
    await asyncio.gather(*map(work, range(in_flight)))
    spent, passed = time.process_time() - cpu, time.perf_counter() - begun
    return Slice(spent / calls * 1000, calls / passed, statistics.median(seconds) * 1000)


def _reply() -> bytes:
    """The completion that both servers give."""
    content = json.dumps(fill(_body()["messages"]), ensure_ascii=False)
    message = {"role": "assistant", "content": content}
    return orjson.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "fake-model",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100},
        }
    )


if __name__ == "__main__":
    main()
