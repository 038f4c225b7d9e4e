"""What a certificate of ours says of itself, read with nothing but the standard library."""

import ssl
from pathlib import Path
from typing import Any


class BadCertificate(Exception):
    """A certificate or key cannot be used. The message says why."""


def name_in(certificate_file: Path, key_file: Path) -> str:
    """A name or IP address that the certificate is good for. Raises BadCertificate.

    The library parses a certificate only as part of a handshake: one is held here, in memory.
    """
    try:
        shown = _names(certificate_file, key_file)
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", None) or error.reason or str(error)
        raise BadCertificate(f"{certificate_file}: {why}") from None
    except OSError as error:
        raise BadCertificate(f"{error.filename or certificate_file}: {error.strerror}") from None
    for kind, name in shown:
        if kind in ("DNS", "IP Address"):
            return name.replace("*", "any", 1)
    raise BadCertificate(f"{certificate_file}: has no name (subjectAltName)")


def _names(certificate_file: Path, key_file: Path) -> tuple[tuple[str, str], ...]:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = _serving(certificate_file, key_file).wrap_bio(to_server, to_client, server_side=True)
    client = _trusting(certificate_file).wrap_bio(to_client, to_server)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    names: Any = (client.getpeercert() or {}).get("subjectAltName", ())  # typed as anything it may hold
    return names  # type: ignore[no-any-return]


def _serving(certificate_file: Path, key_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file, password="")  # never asks on a terminal
    return context


def _trusting(certificate_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is what is trusted
    context.load_verify_locations(certificate_file)
    return context
