"""Ports for the services: the usual ones where they are free."""

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from scripts.launcher.services import HOST, Service
from services.common.value_files import value_of

_HIGHEST = 65535


class BadPort(Exception):
    """A variable does not hold a port. The message names it."""


def preferred(service: Service, environment: Mapping[str, str]) -> Service:
    """The service on the ports that the environment asks for. Raises BadPort, BadValueFile."""
    return replace(
        service,
        port=_port(f"{service.prefix}PORT", environment, service.port),
        metrics_port=_port(f"{service.prefix}METRICS_PORT", environment, service.metrics_port),
    )


def _port(variable: str, environment: Mapping[str, str], usual: int) -> int:
    text = value_of(variable, environment) or str(usual)
    if not text.isdecimal() or int(text) > _HIGHEST:
        raise BadPort(f"{variable}: must be a port, is {text!r}")
    return int(text)


def with_free_ports(services: Iterable[Service], say: Callable[[str], None]) -> tuple[Service, ...]:
    """The services, those whose usual ports are taken on others. Each change is said."""
    held: list[socket.socket] = []
    try:
        return tuple(_moved(service, held, say) for service in services)
    finally:
        for listener in held:
            listener.close()


def _moved(service: Service, held: list[socket.socket], say: Callable[[str], None]) -> Service:
    port, metrics_port = (_take(wanted, held) for wanted in (service.port, service.metrics_port))
    if port != service.port:
        say(f"Port {service.port} is taken: {service.name} listens on {port}.")
    if metrics_port != service.metrics_port:
        say(f"Port {service.metrics_port} is taken: metrics of {service.name} are on {metrics_port}.")
    return replace(service, port=port, metrics_port=metrics_port)


def _take(wanted: int, held: list[socket.socket]) -> int:
    """`wanted` or else a free port. Stays taken by us until all are chosen, so that none comes twice."""
    listener = socket.socket()
    held.append(listener)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, wanted))
    except OSError:
        listener.bind((HOST, 0))
    listener.listen()
    return int(listener.getsockname()[1])
