"""Where the warehouse is: an embedded server of our own, or a server the environment names."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from loaders.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = PROJECT_ROOT / "notebooks"


class Settings(BaseSettings):
    """Read from the environment once a process; see README, "Settings"."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    home: Path = Field(default=PROJECT_ROOT / ".pg", validation_alias="WAREHOUSE_HOME")
    port: int | None = Field(default=None, validation_alias="WAREHOUSE_PORT", ge=1, le=65535)
    pg_bin: Path | None = Field(default=None, validation_alias="WAREHOUSE_PG_BIN")
    pg_options: str = Field(default="", validation_alias="WAREHOUSE_PG_OPTIONS")
    dsn: SecretStr | None = Field(default=None, validation_alias="WAREHOUSE_DSN")
    alert_url: SecretStr | None = Field(default=None, validation_alias="WAREHOUSE_ALERT_URL")
    pg_host: str | None = Field(default=None, validation_alias="PGHOST")
    pg_port: int | None = Field(default=None, validation_alias="PGPORT")
    pg_user: str | None = Field(default=None, validation_alias="PGUSER")
    pg_password: SecretStr | None = Field(default=None, validation_alias="PGPASSWORD")
    pg_database: str | None = Field(default=None, validation_alias="PGDATABASE")


@lru_cache
def settings() -> Settings:
    """The settings of this process; an empty variable counts as not set. Raises UsageError on a bad value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors(include_input=False))
        # Without the cause, which would quote the values.
        raise UsageError(f"The environment holds a setting that cannot be used ({faults}); mend or unset it.") from None
