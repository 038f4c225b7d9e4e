"""Asks a server of ours for its health; a container's health check needs no other tool.

    python -m services.common.health_probe 127.0.0.1:50052 interview.v1.EvaluatorService

Ends with status 0 if the service serves, else with 1; one line says what was answered. A server with TLS is
asked with TLS: which it is stands in its own settings, such as EVALUATOR_TLS_CERTIFICATE_FILE, read from this
process's environment. It must then show that certificate, or one of a CA in EVALUATOR_TLS_CLIENT_CA_FILE or
--ca-file. Where it wants to see one too, it is shown its own, or that of --certificate-file.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc

from services.common.certificate import BadCertificate, name_in
from services.common.health import NoAnswer, Tls, ask
from services.common.value_files import BadValueFile, value_of


def main(arguments: list[str] | None = None) -> None:
    """Runs the probe and ends the process."""
    asked = _parser().parse_args(arguments)
    try:
        answer = ask(asked.address, asked.service, asked.timeout_seconds, _own_tls(asked, os.environ)).status
    except NoAnswer as error:
        answer = f"no answer from {asked.address}: {error.code}"
    except (BadCertificate, BadValueFile) as error:
        answer = str(error)
    except OSError as error:
        answer = f"{error.filename}: {error.strerror}"
    sys.stdout.write(f"{answer}\n")
    sys.exit(0 if answer == "SERVING" else 1)


def _own_tls(asked: argparse.Namespace, environment: Mapping[str, str]) -> Tls | None:
    """By the settings of the service that is asked; None: it serves in plain text.

    Raises BadValueFile, BadCertificate, OSError.
    """
    prefix = (asked.settings_of or asked.service.rpartition(".")[2].removesuffix("Service")).upper()
    certificate, key, client_ca = (
        value_of(f"{prefix}_TLS_{name}_FILE", environment) for name in ("CERTIFICATE", "KEY", "CLIENT_CA")
    )
    if not certificate:
        return None
    trusted = [Path(file) for file in (certificate, client_ca, asked.ca_file) if file]
    shown = asked.certificate_file or (certificate if client_ca else "")
    shown_key = asked.key_file or key
    credentials = grpc.ssl_channel_credentials(
        root_certificates=b"\n".join(file.read_bytes() for file in trusted),
        private_key=Path(shown_key).read_bytes() if shown else None,
        certificate_chain=Path(shown).read_bytes() if shown else None,
    )
    return Tls(credentials, name_in(Path(certificate), Path(key)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.common.health_probe",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("address", help="host:port")
    parser.add_argument("service", nargs="?", default="", help="full name of the gRPC service [the process]")
    parser.add_argument("--timeout-seconds", type=float, default=3, help="for the whole probe [3]")
    parser.add_argument("--settings-of", default="", help="whose settings, such as evaluator [by its name]")
    parser.add_argument("--ca-file", default="", help="a further CA that the server's certificate may be of")
    parser.add_argument("--certificate-file", default="", help="what to show a server that asks for one")
    parser.add_argument("--key-file", default="", help="its key")
    return parser


if __name__ == "__main__":
    main()
