"""What the evaluator reads from its environment."""

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo
from pydantic_settings import SettingsConfigDict

from services.common.settings import Port, Seconds, ServerSettings

Count = Annotated[int, Field(ge=1, le=100_000)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class EvaluatorSettings(ServerSettings):
    """Which judge is at work, how it reaches its model, and how much it takes at once."""

    model_config = SettingsConfigDict(env_prefix="EVALUATOR_")

    port: Port = 50052
    metrics_port: Port = 9102
    default_deadline_seconds: Seconds = 60
    max_in_flight: Count = 64
    max_waiting: Count = 256
    llm_max_attempts: Annotated[int, Field(ge=1, le=20)] = 6
    llm_backoff_seconds: Seconds = 0.5
    llm_circuit_failures: Count = 10
    llm_circuit_seconds: Seconds = 10
    shared_judgements: Annotated[int, Field(ge=0, le=1_000_000)] = 1024

    # Order matters: each check below sees the fields above it.
    judge: Literal["openai", "rubric"] | None = Field(default=None, validation_alias="JUDGE")
    openai_base_url: AnyHttpUrl | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_API_KEY", validate_default=True
    )
    openai_model: str | None = Field(
        default=None, validation_alias="OPENAI_MODEL", max_length=200, validate_default=True
    )

    openai_response_format: Literal["auto", "json_schema", "json_object", "text"] = Field(
        default="auto", validation_alias="OPENAI_RESPONSE_FORMAT"
    )
    openai_reasoning: bool = Field(default=False, validation_alias="OPENAI_REASONING")
    openai_temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        default=0, validation_alias="OPENAI_TEMPERATURE"
    )
    openai_seed: int | None = Field(default=1, validation_alias="OPENAI_SEED")
    openai_max_tokens: Count | None = Field(default=None, validation_alias="OPENAI_MAX_TOKENS")
    openai_input_price: Price = Field(default=0, validation_alias="OPENAI_INPUT_PRICE")
    openai_output_price: Price = Field(default=0, validation_alias="OPENAI_OUTPUT_PRICE")

    @field_validator("openai_temperature", "openai_seed", mode="before")
    @classmethod
    def _none_by_name(cls, value: object) -> object:
        return None if value == "none" else value

    @field_validator("openai_base_url")
    @classmethod
    def _no_password_in_it(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url and (url.username or url.password):  # addresses are logged, and the client refuses both
            raise PydanticCustomError("secret", "must hold no user and no password: OPENAI_API_KEY does")
        return url

    @field_validator("openai_api_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        """White space around a key is never part of it; blank means unset."""
        key = value.get_secret_value().strip() if value else ""
        if not (key.isascii() and key.isprintable()):
            raise PydanticCustomError(
                "key", "must hold printable ASCII characters only: it is sent in an HTTP header"
            )
        return SecretStr(key) if key else None

    @field_validator("openai_api_key")
    @classmethod
    def _key_or_server(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        wanted = info.data.get("judge") == "openai"
        if wanted and value is None and info.data.get("openai_base_url") is None:
            raise PydanticCustomError(
                "missing", "JUDGE=openai needs a key, or OPENAI_BASE_URL of a server that asks for none"
            )
        return value

    @field_validator("openai_model")
    @classmethod
    def _model_is_named(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and _chosen(info.data) == "openai":
            raise PydanticCustomError(
                "missing", "the openai judge needs the name of a model; there is no default"
            )
        return value

    @property
    def chosen_judge(self) -> Literal["openai", "rubric"]:
        """JUDGE, or, where it is unset, openai if a key or a base URL is set, else rubric."""
        return _chosen(dict(self))


def _chosen(values: dict[str, object]) -> Literal["openai", "rubric"]:
    judge = values.get("judge")
    if judge is not None:
        return "openai" if judge == "openai" else "rubric"
    return "openai" if values.get("openai_api_key") or values.get("openai_base_url") else "rubric"
