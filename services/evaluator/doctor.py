"""Looks at everything the evaluator needs, above all its model, and says what to do about what is not so."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from services.common.checks import clock
from services.common.doctor import Finding
from services.evaluator.dialect import Format
from services.evaluator.model_server import ModelServer, NotTheForm, ServerAway, ServerRefused
from services.evaluator.settings import EvaluatorSettings

_SECONDS = 20.0
_NO_SUCH = 404
_NOT_ALLOWED = (401, 403)
_BUSY = 429
_SERVER_ERROR = 500
_MODEL_CODES = ("model_not_found", "invalid_model")
_NO_MONEY = "insufficient_quota"


@dataclass(frozen=True, slots=True)
class ModelLook:
    """What asking the model came to, and its server's time."""

    findings: Sequence[Finding]
    time: datetime | None = None


AskModel = Callable[[], ModelLook]


def findings(
    settings: EvaluatorSettings, ask_model: AskModel, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """One finding after the other. Asking the model costs a few tokens."""
    yield _judge(settings)
    if settings.chosen_judge == "rubric":
        yield clock(now())
        return
    look = ask_model()
    yield from look.findings
    ahead = {"the model's server": (look.time - now()).total_seconds()} if look.time else {}
    yield clock(now(), ahead_of_us=ahead)


def _judge(settings: EvaluatorSettings) -> Finding:
    if settings.chosen_judge == "openai":
        return Finding("judge", ok=True, told=f"openai, model {settings.openai_model}")
    if settings.judge == "rubric":
        return Finding("judge", ok=True, told="rubric: needs no key and no model, and knows no meaning")
    told = "rubric, for want of a key: JUDGE, OPENAI_API_KEY and OPENAI_BASE_URL are unset"
    do = "to judge with a model set OPENAI_API_KEY and OPENAI_MODEL; JUDGE=rubric says that this is meant"
    return Finding("judge", ok=True, told=told, do=do)


async def look_at_model(server: ModelServer, name: str, address: str, *, with_key: bool) -> ModelLook:
    """Has the model fill in a form of one word, as judging does with longer ones, and tells server, key and
    model apart if that fails. `address` is shown.
    """
    try:
        form, time = await server.try_form(name, within_seconds=_SECONDS)
    except ServerAway as away:
        do = "see OPENAI_BASE_URL, that it runs, that its name is known here, and the proxy's variables"
        return ModelLook([Finding(f"model server {address}", ok=False, told=str(away), do=do)])
    except NotTheForm as wrong:
        do = "take a model that fills in JSON forms; OPENAI_RESPONSE_FORMAT says how it is asked"
        return ModelLook(
            [*_well(address, with_key), Finding(f"model {name}", ok=False, told=str(wrong), do=do)]
        )
    except ServerRefused as refused:
        return ModelLook(await _refused(server, refused, name, address, with_key=with_key), refused.time)
    told = "fills in forms" if form is Format.JSON_SCHEMA else f"fills in forms, asked for as {form.value}"
    model = Finding(f"model {name}", ok=True, told=told)
    return ModelLook([*_well(address, with_key), model], time)


def _well(address: str, with_key: bool) -> list[Finding]:
    told = "taken" if with_key else "none is set, and none is asked for"
    return [Finding(f"model server {address}", ok=True, told="answers"), Finding("key", ok=True, told=told)]


async def _refused(
    server: ModelServer, refused: ServerRefused, name: str, address: str, *, with_key: bool
) -> list[Finding]:
    reached = Finding(f"model server {address}", ok=True, told="answers")
    if refused.status in _NOT_ALLOWED:
        told = f"refused: {refused}" if with_key else f"missing: {refused}"
        return [reached, Finding("key", ok=False, told=told, do="set OPENAI_API_KEY to one for this server")]
    if refused.code == _NO_MONEY:
        do = "see the account's billing and limits"
        return [reached, Finding("key", ok=False, told=f"its account is used up: {refused}", do=do)]
    if refused.status == _BUSY or refused.status >= _SERVER_ERROR:
        do = "see the server's own state; answers wait until it is better"
        return [Finding(f"model server {address}", ok=False, told=f"fails: {refused}", do=do)]
    if refused.status == _NO_SUCH or refused.code in _MODEL_CODES:
        return await _unknown(server, refused, name, address, with_key=with_key)
    do = "take a model that fills in JSON forms; OPENAI_RESPONSE_FORMAT says how it is asked"
    told = f"does not take our requests: {refused}"
    return [*_well(address, with_key), Finding(f"model {name}", ok=False, told=told, do=do)]


async def _unknown(
    server: ModelServer, refused: ServerRefused, name: str, address: str, *, with_key: bool
) -> list[Finding]:
    """404: no such model, or no such page. The list of models tells which."""
    try:
        names = await server.names(within_seconds=_SECONDS)
    except (ServerAway, ServerRefused):
        names = []
    if not names and refused.code not in _MODEL_CODES:
        do = "see OPENAI_BASE_URL: most end with /v1"
        return [Finding(f"model server {address}", ok=False, told=f"has no chat there: {refused}", do=do)]
    near = get_close_matches(name, names, n=3, cutoff=0.3) or sorted(names)[:3]
    there = f"; it has, among {len(names)}: {', '.join(near)}" if near else ""
    do = "set OPENAI_MODEL to a model of this server that the key may use"
    told = f"unknown to the server: {refused}{there}"
    return [*_well(address, with_key), Finding(f"model {name}", ok=False, told=told, do=do)]
