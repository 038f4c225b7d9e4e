"""Addresses of peers: what gRPC can call is taken as it stands, anything else is refused at the start."""

import pytest

from services.common.addresses import checked_address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:50052",
        "evaluator:1",
        "my_evaluator.svc.cluster.local:65535",
        "[::1]:50052",
        "dns:evaluator:50052",
        "dns:///evaluator:50052",
        "dns://8.8.8.8/evaluator:50052",
        "ipv4:127.0.0.1:50052",
        "ipv4:127.0.0.1:50052,127.0.0.2:50052",
        "ipv6:[::1]:50052,[fe80::1]:50053",
        "unix:evaluator.sock",
        "unix:///run/evaluator.sock",
    ],
)
def test_every_form_is_taken_as_it_stands(address: str) -> None:
    """Names, IPs, lists of replicas, sockets."""
    assert checked_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "evaluator",
        ":50052",
        "evaluator:",
        "evaluator:0",
        "evaluator:65536",
        "evaluator:99999999",
        "evaluator:٣",
        "my evaluator:50052",
        "::1:50052",
        "[evaluator]:50052",
        "http://127.0.0.1:50052",
        "http://127.0.0.1:x",
        "xds:///evaluator:50052",
        "127.0.0.1:50052,127.0.0.2:50052",
        "dns:evaluator",
        "dns:///",
        "ipv4:evaluator:50052",
        "ipv4:127.0.0.1:50052,",
        "ipv4:[::1]:50052",
        "ipv6:::1:50052",
        "unix:",
    ],
)
def test_what_nobody_can_be_at_is_refused(address: str) -> None:
    """No port, none there is, no host, another protocol, a list where there can be none."""
    with pytest.raises(ValueError):  # noqa: PT011  (the settings name the variable)
        checked_address(address)
