"""A further listener for clients: SASL_SSL with passwords, and ACLs that allow only what is granted."""

from collections.abc import Mapping
from pathlib import Path

from tests.kafka.settings import HOST, Settings

_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class Security:
    """What the nodes are told to have it. Brokers, controller and tests stay in the clear, and may do all."""

    def __init__(self, pki: Path, passwords: Mapping[str, str]) -> None:
        """`pki` is a folder of tests/pki.py: brokers show us.pem; `passwords` are those of the users."""
        self._keystore = pki / "kafka.pem"
        parts = (pki / name for name in ("us.key", "us.pem", "ca.pem"))
        self._keystore.write_text("".join(part.read_text() for part in parts))
        self._passwords = passwords

    def shared_settings(self) -> Settings:
        """For every node."""
        users = " ".join(f'user_{name}="{password}"' for name, password in self._passwords.items())
        return {
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_SSL",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "listener.name.client.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.client.plain.sasl.jaas.config": f"{_LOGIN} required {users};",
            "listener.name.client.ssl.keystore.type": "PEM",
            "listener.name.client.ssl.keystore.location": str(self._keystore),
        }

    def listener(self, port: int) -> str:
        """The listener of one broker."""
        return f"CLIENT://{HOST}:{port}"
