"""The overlay for brokers that ask who is there keeps the promises that can be read off it."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy_files import KAFKA, KAFKA_FOLDER, ROOT, SECURE_KAFKA, WITH_SECURE_KAFKA

BROKERS = ("kafka1", "kafka2", "kafka3")
ENCRYPTED = {"SSL", "SASL_SSL"}

every_broker = pytest.mark.parametrize("name", BROKERS)


def listeners(text: str) -> dict[str, str]:
    return dict(item.split("://") for item in text.split(","))


@every_broker
def test_nothing_that_can_be_reached_is_in_the_clear(name: str) -> None:
    """Every listener that others can reach is encrypted; the one in the clear is for the container itself."""
    settings = SECURE_KAFKA["services"][name]["environment"]
    protocols = dict(item.split(":") for item in settings["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    bound = listeners(settings["KAFKA_LISTENERS"])
    assert {listener for listener, protocol in protocols.items() if protocol not in ENCRYPTED} == {"HEALTH"}
    assert bound["HEALTH"] == f"127.0.0.1:{settings['KAFKA_HEALTH_PORT']}"
    advertised = listeners(KAFKA["services"][name]["environment"]["KAFKA_ADVERTISED_LISTENERS"])
    assert advertised.keys() == bound.keys() - {"HEALTH", "CONTROLLER"}


@every_broker
def test_addresses_stay_as_they_are(name: str) -> None:
    """The same listeners on the same ports as without the overlay."""
    secure = listeners(SECURE_KAFKA["services"][name]["environment"]["KAFKA_LISTENERS"])
    del secure["HEALTH"]
    assert secure == listeners(KAFKA["services"][name]["environment"]["KAFKA_LISTENERS"])


@every_broker
def test_only_who_is_known_may_do_anything(name: str) -> None:
    """Certificates are asked for, ACLs rule, and only brokers and administrator stand above them."""
    settings = SECURE_KAFKA["services"][name]["environment"]
    assert settings["KAFKA_SSL_CLIENT_AUTH"] == "required"
    assert settings["KAFKA_AUTHORIZER_CLASS_NAME"].endswith(".StandardAuthorizer")
    assert "KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND" not in settings
    above = {f"User:CN={one}" for one in (*BROKERS, "admin")}
    assert set(settings["KAFKA_SUPER_USERS"].split(";")) == above
    assert {"source": f"{name}.pem", "target": "own.pem"} in SECURE_KAFKA["services"][name]["secrets"]


def test_the_reporter_is_granted_two_operations() -> None:
    """Write and Describe on the topic, and nothing else."""
    script = (KAFKA_FOLDER / "bin" / "grant.sh").read_text()
    granted = re.findall(r"^allow User:reporter (.*)$", script, re.MULTILINE)
    assert granted == ['--operation Write --operation Describe --topic "$KAFKA_TOPIC"']


def test_the_reporter_comes_as_itself() -> None:
    """The overlay for the services names the user, and the files that the script makes for it."""
    settings = WITH_SECURE_KAFKA["services"]["reporter"]["environment"]
    assert (settings["KAFKA_SECURITY_PROTOCOL"], settings["KAFKA_SASL_USERNAME"]) == ("SASL_SSL", "reporter")
    assert settings["KAFKA_SASL_PASSWORD_FILE"] == "/run/secrets/kafka_sasl_password"
    files = {name: secret["file"] for name, secret in WITH_SECURE_KAFKA["secrets"].items()}
    assert files == {
        "kafka_sasl_password": "deploy/kafka-secure/secrets/reporter.password",
        "kafka_ssl_ca": "deploy/kafka-secure/secrets/ca.pem",
    }


def test_the_script_makes_what_the_overlay_mounts(tmp_path: Path) -> None:
    """Every secret is made, certificates hold for the brokers' names, the CA's key is the owner's alone; a
    second run changes nothing."""
    script = tmp_path / "secrets.sh"
    script.write_bytes((KAFKA_FOLDER / "secrets.sh").read_bytes())

    def made() -> dict[str, bytes]:
        subprocess.run(["bash", str(script)], check=True, capture_output=True)
        return {file.name: file.read_bytes() for file in (tmp_path / "secrets").iterdir()}

    first = made()
    assert {Path(secret["file"]).name for secret in SECURE_KAFKA["secrets"].values()} <= first.keys()
    assert (tmp_path / "secrets" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    for name in BROKERS:
        check = ["openssl", "verify", "-CAfile", "ca.pem", "-verify_hostname", name, f"{name}.pem"]
        subprocess.run(check, cwd=tmp_path / "secrets", check=True, capture_output=True)
    assert made() == first


def test_secrets_stay_out_of_the_repository() -> None:
    """What the scripts make is ignored by git."""
    for folder in ("kafka-secure", "postgres"):
        made = f"deploy/{folder}/secrets/password"
        subprocess.run(["git", "check-ignore", "-q", made], cwd=ROOT, check=True)
