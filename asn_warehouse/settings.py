"""The one place for configuration: environment variables with the prefix ``ASN_``."""

from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from asn_warehouse.errors import ConfigurationError, UsageError

PROJECT_DIR = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things live, which engine computes, and the limits that protect a run."""

    model_config = SettingsConfigDict(env_prefix="ASN_", env_ignore_empty=True, frozen=True)

    home: Path = Field(Path("var"), description="Everything a run writes.")
    landing_at: str = Field(
        "",
        validation_alias=AliasChoices("landing_at", "ASN_LANDING"),
        description="Where files land: folder, s3:// or gs://; default home/landing.",
    )
    project_dir: Path = Field(PROJECT_DIR, description="contracts/, dbt_project/, expectations/.")
    target: Literal["duckdb", "postgres", "spark"] = Field(
        "duckdb", description="Engine that computes."
    )
    postgres_dsn: SecretStr | None = Field(
        None, description="PostgreSQL that serves, and computes where the target is postgres."
    )
    postgres_work_mem: str = Field(
        "128MB",
        pattern=r"^[1-9]\d*(kB|MB|GB)$",
        description="Memory of one sort or hash of a build on PostgreSQL; each worker has its own.",
    )
    postgres_workers: int = Field(
        2, ge=0, description="Parallel workers of one query of a build on PostgreSQL."
    )
    postgres_lock_seconds: int = Field(
        60, gt=0, description="A publisher gives up after waiting so long for a lock."
    )
    spark_host: str = Field(
        "", description="Thrift server of the cluster; default that of `asn cluster start`."
    )
    spark_port: int = Field(10000, gt=0, lt=65536, description="Its port.")
    spark_user: str = Field("", description="Who computes there; default the system's user.")
    spark_password: SecretStr | None = Field(None, description="The password of spark_user.")
    spark_tables_at: str = Field(
        "",
        validation_alias=AliasChoices("spark_tables_at", "ASN_SPARK_TABLES"),
        description="Folder of the tables of candidates, which all machines see under this name;"
        " default home/spark/tables.",
    )
    spark_driver_memory: str = Field(
        "2g", pattern=r"^[1-9]\d*[mg]$", description="Memory of the thrift server that asn starts."
    )
    spark_executor_memory: str = Field(
        "1g", pattern=r"^[1-9]\d*[mg]$", description="Memory of each worker that asn starts."
    )
    timezone: str = Field("Asia/Jakarta", description="Zone of schedules and due dates.")
    pseudonym_key: SecretStr | None = Field(
        None, description="Key of the pseudonyms, at least 32 characters; else vault/pseudonym.key."
    )
    new_pseudonym_key: SecretStr | None = Field(
        None, description="Key to rotate to; it takes the place of the present one."
    )
    login_password: SecretStr | None = Field(
        None, description="Password that `asn grant --agency` sets; default asked for, or stdin."
    )
    operator: str = Field("", description="Who works, for the audit; default the system's user.")
    rejected_days: int = Field(
        90, gt=0, description="Days for which rejected rows are kept after their file was received."
    )
    max_file_bytes: int = Field(2 * 1024**3, gt=0, description="A larger file is refused.")
    max_expanded_bytes: int = Field(
        8 * 1024**3, gt=0, description="A compressed file that unpacks to more is refused."
    )
    chunk_limit: int = Field(64, gt=0, le=64, description="Most chunks that one ingest maps over.")
    memory_limit: str = Field("8GB", description="Memory limit of an embedded engine.")
    threads: int | None = Field(None, description="Threads of an embedded engine; default all.")
    restricted_periods: int = Field(
        3, gt=0, description="Periods for which person-level marts stay in the serving store."
    )
    small_cell: int = Field(
        5, ge=3, description="Counts of people below it are hidden in schema safe and in reports."
    )
    small_cell_open: int = Field(
        10, ge=3, description="The same in schema open, of what is public; never below small_cell."
    )
    open_licence: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.+-]*$",
        description="Licence of the open data, as SPDX names it (CC-BY-4.0); empty: none stated.",
    )
    report_approval: bool = Field(True, description="A person approves the report before delivery.")
    delivery: str = Field(
        "",
        description="Where an approved report goes: file://, s3://, gs:// and mailto: addresses,"
        " separated by commas; default it stays in home/report.",
    )
    alert_to: str = Field(
        "", description="Mail addresses told when the 10th is at risk, separated by commas."
    )
    smtp_host: str = Field("", description="Mail server; needed for mailto: and for alerts.")
    smtp_port: int = Field(587, gt=0, lt=65536, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="Encryption: after greeting, from the first byte, or none at all."
    )
    smtp_user: str = Field("", description="Who logs in there; default nobody.")
    smtp_password: SecretStr | None = Field(None, description="The password of smtp_user.")
    smtp_from: str = Field("", description="Sender of mails; default smtp_user.")
    smtp_max_bytes: int = Field(
        10 * 1024**2, gt=0, description="Larger attachments stay out of a mail, which says so."
    )

    @model_validator(mode="after")
    def _open_hides_more(self) -> Self:
        if self.small_cell_open < self.small_cell:
            raise ValueError(
                f"ASN_SMALL_CELL_OPEN ({self.small_cell_open}) is below ASN_SMALL_CELL"
                f" ({self.small_cell}): what is public would show more than what is not"
            )
        return self

    @model_validator(mode="after")
    def _passwords_travel_encrypted(self) -> Self:
        if self.smtp_security == "none" and self.smtp_password is not None:
            raise ValueError(
                "ASN_SMTP_PASSWORD would be sent in clear text: ASN_SMTP_SECURITY is none"
            )
        return self

    @property
    def landing_url(self) -> str | None:
        """The object store where files land, if it is one."""
        is_url = "://" in self.landing_at and not self.landing_at.startswith("file://")
        return self.landing_at.rstrip("/") if is_url else None

    @property
    def landing(self) -> Path:
        """Folder of the files as agencies sent them.

        Raises:
            ConfigurationError: when they land in an object store.
        """
        if self.landing_url is not None:
            raise ConfigurationError(
                f"Files land at {self.landing_url}, which is no folder to write into.",
                mend="Unset ASN_LANDING, or set it to a folder.",
            )
        folder = self.landing_at.removeprefix("file://")
        return Path(folder) if folder else self.home / "landing"

    @property
    def landing_place(self) -> str:
        """Folder or URL where files land, for people to read."""
        return self.landing_url or str(self.landing)

    @property
    def lake(self) -> Path:
        """Append-only Parquet and its commit log."""
        return self.home / "lake"

    @property
    def vault(self) -> Path:
        """Identities, rejected rows and the key: mode 0700."""
        return self.home / "vault"

    @property
    def warehouse(self) -> Path:
        """Build candidates, publications, the ops journal and the served database."""
        return self.home / "warehouse"

    @property
    def marts_database(self) -> Path:
        """The served database of the embedded engine."""
        return self.warehouse / "marts.duckdb"

    @property
    def spark_home(self) -> Path:
        """State, logs and metastore of the cluster that `asn cluster start` starts: mode 0700."""
        return self.home / "spark"

    @property
    def spark_tables(self) -> Path:
        """Tables of the candidates that Spark computes."""
        return Path(self.spark_tables_at) if self.spark_tables_at else self.spark_home / "tables"

    @property
    def outbox(self) -> Path:
        """Receipts and rejected rows for the agencies."""
        return self.home / "outbox"

    @property
    def report(self) -> Path:
        """Published reports by period and version."""
        return self.home / "report"

    @property
    def docs(self) -> Path:
        """Great Expectations Data Docs and dbt docs."""
        return self.home / "docs"

    @property
    def reference(self) -> Path:
        """Agencies, calendar and regions kept by the operator."""
        return self.home / "reference"

    @property
    def simulation(self) -> Path:
        """Truth file of the simulator."""
        return self.home / "simulation"

    @property
    def contracts_dir(self) -> Path:
        """Data contracts, one YAML file per dataset."""
        return self.project_dir / "contracts"

    @property
    def dbt_dir(self) -> Path:
        """The dbt project."""
        return self.project_dir / "dbt_project"

    @property
    def expectations_dir(self) -> Path:
        """Great Expectations suites."""
        return self.project_dir / "expectations"


def get_settings(home: Path | None = None) -> Settings:
    """Return the settings of the environment, with absolute paths; ``home`` overrides ASN_HOME.

    Raises:
        ConfigurationError: when a variable has a value that cannot be.
        UsageError: when PostgreSQL is to compute and nobody says where it is.
    """
    try:
        settings = Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        said = "; ".join(_in_words(tuple(e["loc"]), e["msg"]) for e in error.errors())
        raise ConfigurationError(f"{said}.", mend="Change or unset it.") from None
    if settings.target == "postgres" and settings.postgres_dsn is None:
        raise UsageError(
            "ASN_TARGET=postgres needs a server.",
            mend="Set ASN_POSTGRES_DSN to postgresql://user@host:port/database.",
        )
    update: dict[str, Path | str] = {
        "home": settings.home.expanduser().resolve(),
        "project_dir": settings.project_dir.expanduser().resolve(),
    }
    if settings.landing_at and settings.landing_url is None:
        update["landing_at"] = str(settings.landing.expanduser().resolve())
    if settings.spark_tables_at:
        update["spark_tables_at"] = str(settings.spark_tables.expanduser().resolve())
    return settings.model_copy(update=update)


def _in_words(place: tuple[int | str, ...], message: str) -> str:
    """Return what is wrong with a variable; its value is not repeated: it may be a secret."""
    name = "_".join(map(str, place))
    words = message.removeprefix("Value error, ")
    return f"ASN_{name.upper().removeprefix('ASN_')}: {words}" if name else words
