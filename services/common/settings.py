"""Settings: read once from the environment, frozen, validated. A bad value names its variable."""

import os
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, FilePath, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.common.value_files import BadValueFile, file_variable, value_from_file

Port = Annotated[int, Field(ge=0, le=65535)]
# Ten years: longer ones would lead to dates that there are not.
Seconds = Annotated[float, Field(gt=0, le=10 * 365 * 86_400, allow_inf_nan=False)]
# gRPC takes milliseconds, in 32 bits.
GrpcSeconds = Annotated[float, Field(gt=0, le=2_147_483, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Base of all settings. Variables are upper case: prefix + field name, or the field's alias.

    Each may be given as a file instead: NAME_FILE (services/common/value_files.py).
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    # Fields for which an empty variable is a value of its own. Everywhere else empty means unset.
    blank_is_a_value: ClassVar[frozenset[str]] = frozenset()
    # Variables with our prefix that only the compose files read.
    read_by_others: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _drop_blank(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in values.items() if v != "" or k in cls.blank_is_a_value}

    @classmethod
    def load(cls) -> Self:
        """The settings of this process. Ends it with one line per bad variable."""
        from_files = cls._from_files()
        try:
            return cls(**from_files)
        except ValidationError as error:
            raise SystemExit("\n".join(cls._line(one, from_files) for one in error.errors())) from None

    @classmethod
    def _from_files(cls) -> dict[str, Any]:
        """What NAME_FILE variables give, by field."""
        found: dict[str, Any] = {}
        faults = []
        for name in cls.model_fields:
            try:
                value = value_from_file(
                    cls.variable(name), os.environ, blank_counts=name in cls.blank_is_a_value
                )
            except BadValueFile as fault:
                faults.append(str(fault))
            else:
                found |= {name: value} if value is not None else {}
        if faults:
            raise SystemExit("\n".join(faults))
        return found

    @classmethod
    def _line(cls, error: ErrorDetails, from_files: Mapping[str, str]) -> str:
        if not error["loc"]:
            return f"{cls.__name__}: {error['msg']}"
        variable = cls.variable(str(error["loc"][0]))
        hidden = {cls.variable(name): value for name, value in from_files.items()}.get(variable)
        if hidden is None:
            return f"{variable}: {error['msg']}"
        told = hidden in error["msg"] or repr(hidden)[1:-1] in error["msg"]
        return f"{file_variable(variable)}: {'the file holds no valid value' if told else error['msg']}"

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment variable of a field, given its name or its alias."""
        if name not in cls.model_fields:
            return name.upper()
        alias = cls.model_fields[name].validation_alias
        return str(alias).upper() if alias else f"{cls.model_config.get('env_prefix', '')}{name}".upper()


class ServerSettings(Settings):
    """What every service's server reads."""

    host: str = "127.0.0.1"
    port: Port
    metrics_port: Port
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    drain_seconds: Seconds = 10
    max_connection_age_seconds: GrpcSeconds = 120
    max_concurrent_calls: Annotated[int, Field(ge=1)] = 1024
    tls_certificate_file: FilePath | None = None
    tls_key_file: FilePath | None = None
    tls_client_ca_file: FilePath | None = None

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            pair = f"{self.variable('tls_certificate_file')} and {self.variable('tls_key_file')}"
            raise ValueError(f"{pair} are set together or not at all")
        if self.tls_client_ca_file and not self.tls_certificate_file:
            raise ValueError(
                f"{self.variable('tls_client_ca_file')} needs {self.variable('tls_certificate_file')}"
            )
        return self
