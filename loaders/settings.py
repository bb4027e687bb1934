"""Where the warehouse is: an embedded server of our own, or a server the environment names."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from loaders.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = PROJECT_ROOT / "notebooks"


class Settings(BaseSettings):
    """The environment variables, read once a process; docs/reference/settings.md is made from these descriptions."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    home: Path = Field(
        default=PROJECT_ROOT / ".pg",
        validation_alias="WAREHOUSE_HOME",
        description="The folder in which the embedded server keeps its data.",
    )
    port: int | None = Field(
        default=None,
        validation_alias="WAREHOUSE_PORT",
        ge=1,
        le=65535,
        description="The port of the embedded server. Not set: a free one, kept from the first start on.",
    )
    pg_bin: Path | None = Field(
        default=None,
        validation_alias="WAREHOUSE_PG_BIN",
        description="The `bin` folder of an installed PostgreSQL, for platforms without bundled binaries.",
    )
    pg_options: str = Field(
        default="",
        validation_alias="WAREHOUSE_PG_OPTIONS",
        description="Further options of the embedded server, such as `-c shared_buffers=1GB`.",
    )
    dsn: SecretStr | None = Field(
        default=None,
        validation_alias="WAREHOUSE_DSN",
        description="Connection string of your own server, PostgreSQL 15 or newer. Takes precedence over `PGHOST`.",
    )
    alert_url: SecretStr | None = Field(
        default=None,
        validation_alias="WAREHOUSE_ALERT_URL",
        description="A webhook that receives a message when a check fails or a load is held.",
    )
    pg_host: str | None = Field(default=None, validation_alias="PGHOST", description="Host of your own server.")
    pg_port: int | None = Field(default=None, validation_alias="PGPORT", description="Port of your own server.")
    pg_user: str | None = Field(default=None, validation_alias="PGUSER", description="User on your own server.")
    pg_password: SecretStr | None = Field(
        default=None, validation_alias="PGPASSWORD", description="Password on your own server."
    )
    pg_database: str | None = Field(
        default=None, validation_alias="PGDATABASE", description="Database on your own server."
    )


@lru_cache
def settings() -> Settings:
    """The settings of this process; an empty variable counts as not set. Raises UsageError on a bad value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors(include_input=False))
        # Without the cause, which would quote the values.
        raise UsageError(f"The environment holds a setting that cannot be used ({faults}); mend or unset it.") from None
