"""What the orchestrator reads from its environment."""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, FilePath, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.common.addresses import PeerAddress
from services.common.channel import ClientTls
from services.common.settings import Port, Seconds, ServerSettings

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"


class OrchestratorSettings(ServerSettings):
    """Prefix ORCHESTRATOR_, but for the bare names of the design."""

    model_config = SettingsConfigDict(env_prefix="ORCHESTRATOR_")

    port: Port = 50051
    metrics_port: Port = 9101
    database_url: str = "sqlite:///data/orchestrator.db"
    evaluator_address: PeerAddress = "127.0.0.1:50052"
    emotion_address: PeerAddress = "127.0.0.1:50053"
    reporter_address: PeerAddress = "127.0.0.1:50054"
    peer_ca_file: FilePath | None = None
    peer_certificate_file: FilePath | None = None
    peer_key_file: FilePath | None = None
    emotion_policy: Literal["consent", "off"] = "consent"
    emotion_wait_seconds: Seconds = 10
    max_frame_batches: Annotated[int, Field(ge=1)] = 16
    judge_timeout_seconds: Seconds = Field(60, validation_alias="JUDGE_TIMEOUT_SECONDS")
    pending_timeout_seconds: Seconds = Field(3600, validation_alias="PENDING_TIMEOUT_SECONDS")
    interview_idle_timeout_seconds: Seconds = Field(86400, validation_alias="INTERVIEW_IDLE_TIMEOUT_SECONDS")
    report_timezone: str = Field("UTC", validation_alias="REPORT_TIMEZONE")

    read_by_others: ClassVar[frozenset[str]] = frozenset({"ORCHESTRATOR_PUBLISHED_PORT"})

    @field_validator("database_url")
    @classmethod
    def _known_store(cls, url: str) -> str:
        if not re.match(f"({_SQLITE}|{_POSTGRES}).", url):
            # The value is not repeated: it may hold a password.
            raise ValueError(f"must be {_SQLITE}PATH or {_POSTGRES}USER:PASSWORD@HOST/DATABASE")
        return url

    @field_validator("report_timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone {name!r}") from error
        return name

    @model_validator(mode="after")
    def _peer_tls_is_whole(self) -> Self:
        if (self.peer_certificate_file is None) != (self.peer_key_file is None):
            pair = f"{self.variable('peer_certificate_file')} and {self.variable('peer_key_file')}"
            raise ValueError(f"{pair} are set together or not at all")
        if self.peer_certificate_file and not self.peer_ca_file:
            raise ValueError(
                f"{self.variable('peer_certificate_file')} needs {self.variable('peer_ca_file')}"
            )
        return self

    @property
    def database_path(self) -> Path | None:
        """The file of the embedded store; None: it is PostgreSQL."""
        embedded = self.database_url.startswith(_SQLITE)
        return Path(self.database_url.removeprefix(_SQLITE)) if embedded else None

    @property
    def peer_tls(self) -> ClientTls | None:
        """How peers are checked; None: they are called in plain text."""
        if self.peer_ca_file is None:
            return None
        return ClientTls(self.peer_ca_file, self.peer_certificate_file, self.peer_key_file)
