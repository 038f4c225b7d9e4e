"""The openai client, for one request that is sent again and again with other bytes."""

from typing import Any

import openai
from openai import AsyncOpenAI

# Private names of the client: tests/unit/evaluator/test_openai_client.py says what has to be so.
from openai._models import FinalRequestOptions

from services.evaluator.wire import Reply, Request, Wire

_NO_KEY = "none"  # the client insists on one; servers that ask for none pass it over
_CONNECT_SECONDS = 10.0
_OF_US = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
_UNTOLD: dict[str, Any] = dict.fromkeys((f"X-Stainless-{what}" for what in _OF_US), openai.Omit())
"""Headers in which the client would tell every server of our machine."""


class Client(AsyncOpenAI):
    """Sends, reads and maps errors as it always does. What `posted` sends is built once only.

    Options, headers and URL, merged and checked anew for each request, cost as much CPU as sending it does.
    """

    def __init__(self, *, base_url: str, api_key: str) -> None:
        """An empty `api_key` is one for servers that ask for none."""
        self._wire = Wire(openai.Timeout(None, connect=_CONNECT_SECONDS))
        super().__init__(
            api_key=api_key or _NO_KEY,
            base_url=base_url,
            max_retries=0,  # ours is the only owner of retries: the client's own know no deadline
            default_headers=_UNTOLD,
            http_client=self._wire,
        )
        self._chat = FinalRequestOptions.construct(
            method="post", url=f"{base_url.rstrip('/')}/chat/completions"
        )
        self._pattern: Request | None = None

    async def posted(self, content: bytes) -> Reply:
        """The whole reply to a chat completion's request as JSON. Raises openai.APIError."""
        return await self.request(Reply, self._chat.model_copy(update={"content": content}))

    # A plain key is not renewed, signed with or given by a provider: the client's own four look for that,
    # layer by layer, in each request.
    @property
    def custom_auth(self) -> None:
        """None is needed."""
        return

    async def _prepare_options(self, options: FinalRequestOptions) -> FinalRequestOptions:
        return options

    async def _prepare_request(self, request: Request) -> None:
        pass

    async def _send_request(self, request: Request, *, stream: bool, **given: Any) -> Reply:
        return await self._wire.send(request, stream=stream, **given)

    def _build_request(self, options: FinalRequestOptions, *, retries_taken: int = 0) -> Request:
        """The first for `posted` is the client's own work; later ones differ from it in their bytes only."""
        if not isinstance(options.content, bytes) or options.url != self._chat.url:
            return super()._build_request(options, retries_taken=retries_taken)
        if self._pattern is None:
            self._pattern = super()._build_request(options, retries_taken=retries_taken)
        return self._wire.again(self._pattern, options.content)
