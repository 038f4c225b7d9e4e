"""The reporter's settings. The four of Kafka's that the first release had keep their names and meaning."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.common.settings import Port, Seconds, ServerSettings

Count = Annotated[int, Field(ge=1)]


class ReporterSettings(ServerSettings):
    """What the reporter reads."""

    model_config = SettingsConfigDict(env_prefix="REPORTER_")

    port: Port = 50054
    metrics_port: Port = 9104

    # Empty: files only.
    kafka_bootstrap_servers: str = Field(
        "kafka1:19092,kafka2:19093,kafka3:19094", validation_alias="KAFKA_BOOTSTRAP_SERVERS"
    )
    kafka_topic: str = Field(
        "step3", validation_alias="KAFKA_TOPIC", pattern=r"^[A-Za-z0-9._-]+$", max_length=249
    )
    kafka_connect_max_retries: Count = Field(8, validation_alias="KAFKA_CONNECT_MAX_RETRIES")
    kafka_connect_backoff_seconds: Seconds = Field(2, validation_alias="KAFKA_CONNECT_BACKOFF_SECONDS")
    kafka_topic_partitions: Count = Field(3, validation_alias="KAFKA_TOPIC_PARTITIONS")
    kafka_topic_replication_factor: Count = Field(3, validation_alias="KAFKA_TOPIC_REPLICATION_FACTOR")

    # Passed through to librdkafka, where their documentation is.
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", validation_alias="KAFKA_SECURITY_PROTOCOL"
    )
    kafka_sasl_mechanism: str | None = Field(None, validation_alias="KAFKA_SASL_MECHANISM")
    kafka_sasl_username: str | None = Field(None, validation_alias="KAFKA_SASL_USERNAME")
    kafka_sasl_password: SecretStr | None = Field(None, validation_alias="KAFKA_SASL_PASSWORD")
    kafka_ssl_ca_location: Path | None = Field(None, validation_alias="KAFKA_SSL_CA_LOCATION")
    kafka_ssl_certificate_location: Path | None = Field(
        None, validation_alias="KAFKA_SSL_CERTIFICATE_LOCATION"
    )
    kafka_ssl_key_location: Path | None = Field(None, validation_alias="KAFKA_SSL_KEY_LOCATION")
    kafka_ssl_key_password: SecretStr | None = Field(None, validation_alias="KAFKA_SSL_KEY_PASSWORD")

    report_fallback_dir: Path = Field(Path("reports"), validation_alias="REPORT_FALLBACK_DIR")

    blank_is_a_value: ClassVar[frozenset[str]] = frozenset(
        {"KAFKA_BOOTSTRAP_SERVERS", "kafka_bootstrap_servers"}
    )
