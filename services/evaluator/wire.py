"""What carries the openai client's requests: aiohttp. The one importer of aiohttp and httpx2."""

from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx2

Request = httpx2.Request
Reply = httpx2.Response
"""A whole HTTP reply."""

LONGEST_REPLY = 4 * 1024 * 1024
"""Bytes of a reply, unpacked: the longest text that is read (completion.py), as JSON, and as much besides."""

_KEEP_IDLE_SECONDS = 15.0
"""A new connection costs half of a judgement's CPU, and time with TLS. A server that closes an idle one
earlier is noticed; a request that crosses this on the wire fails, and is made again like any that did."""

_ENCODING = b"content-encoding"


class _Read(Reply):
    """Content that is there as a whole, and decoded only for who asks: httpx2 would stream it to itself."""

    def __init__(
        self, status: int, headers: list[tuple[bytes, bytes]], content: bytes, request: Request
    ) -> None:
        super().__init__(status, headers=headers, stream=httpx2.ByteStream(content), request=request)
        self._whole = content

    @property
    def content(self) -> bytes:
        """All of it."""
        return self._whole


class Wire(httpx2.AsyncClient):
    """Hands each request to aiohttp and reads the reply; redirects and proxies are aiohttp's.

    httpx2's own way to a transport (its headers, cookies, hooks, authentication and streams, none of which
    the openai client needs for us) costs more CPU than the request itself.
    """

    def __init__(self, timeout: httpx2.Timeout) -> None:
        super().__init__(timeout=timeout, transport=httpx2.AsyncBaseTransport(), trust_env=False)
        self._trusted = httpx2.create_ssl_context()
        self._session: aiohttp.ClientSession | None = None

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> Request:
        """The request as the openai client gives it: method, whole URL, headers, content, timeout."""
        if given.get("params"):
            return super().build_request(method, url, **given)
        return Request(
            method,
            str(url),
            headers=given["headers"],
            stream=httpx2.ByteStream(given.get("content") or b""),
            extensions={"timeout": httpx2.Timeout(given["timeout"]).as_dict()},
        )

    def again(self, pattern: Request, content: bytes) -> Request:
        """A request like `pattern`, of other content."""
        return Request(
            pattern.method,
            pattern.url,
            headers=pattern.headers,
            stream=httpx2.ByteStream(content),
            extensions=pattern.extensions,
        )

    async def send(self, request: Request, **_: Any) -> Reply:
        """The whole reply, or LONGEST_REPLY and one byte more: then it is longer.

        Raises httpx2.TimeoutException and httpx2.NetworkError.
        """
        try:
            async with self._opened().request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=request.read() or None,
                timeout=_timeout(request.extensions["timeout"]),
            ) as reply:
                content = await _read(reply.content)
        except TimeoutError as error:
            raise httpx2.TimeoutException(str(error), request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.NetworkError(str(error), request=request) from error
        headers = [pair for pair in reply.raw_headers if pair[0].lower() != _ENCODING]  # it is undone by now
        return _Read(reply.status, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        """Closes the connections."""
        await super().aclose()
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """Opened by the first request: aiohttp wants a running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,  # judgements in flight are bounded elsewhere
                keepalive_timeout=_KEEP_IDLE_SECONDS,
                ssl=self._trusted,
            )
            # Proxies are looked up for each request, which costs: only where there are any.
            self._session = aiohttp.ClientSession(connector=connector, trust_env=bool(getproxies()))
        return self._session


async def _read(body: aiohttp.StreamReader) -> bytes:
    """What is left unread ends the connection, not the memory."""
    read = bytearray()
    while len(read) <= LONGEST_REPLY and (part := await body.readany()):
        read += part
    return bytes(read[: LONGEST_REPLY + 1])


def _timeout(seconds: dict[str, float | None]) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        connect=seconds["pool"], sock_connect=seconds["connect"], sock_read=seconds["read"]
    )
