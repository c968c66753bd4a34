"""One typed settings object, from the environment and `.env`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
MOST_ANCESTORS = 50
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HTTPS_ORIGIN = re.compile(rf"https://{_LABEL}(?:\.{_LABEL})*(?::\d{{1,5}})?")
_ADDRESS = re.compile(rf"https?://{_LABEL}(?:\.{_LABEL})*(?::\d{{1,5}})?", re.IGNORECASE)


class Settings(BaseSettings):
    """Where data lives, who may come in, and how much a visitor may use.

    Names in the environment are upper case. `hosts`, `origins` and `embed_origins` are lists with
    commas: names of this server beside its addresses and the machine's own name; pages of others
    that may act here (`https://school.example`); pages that may show `/embed` (all, when empty).
    `frame_ancestors` lists https origins whose pages may show a class in a frame (none, when empty).
    `lti_platforms` is a file with the learning management systems that may launch classes. What learners do
    is told to the learning record store at `xapi_endpoint`, about addresses under `public_url`.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    redis_url: str = Field("", validation_alias="REDIS_URL")
    database_url: str = Field("", validation_alias="DATABASE_URL")
    blob_url: str = Field("", validation_alias="BLOB_URL")

    data: Path = Field(ROOT / ".sdlab", validation_alias="SDLAB_DATA")
    secret: str = Field("", validation_alias="SDLAB_SECRET")
    bench: bool = Field(False, validation_alias="SDLAB_BENCH")
    trust_proxy: bool = Field(False, validation_alias="SDLAB_TRUST_PROXY")

    fetch: bool = Field(True, validation_alias="SDLAB_FETCH")

    warm_up: bool = Field(True, validation_alias="SDLAB_WARM_UP")

    otel_endpoint: str = Field("", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")

    worker: int | None = Field(None, ge=0, validation_alias="SDLAB_WORKER")

    metrics_token: str = Field("", validation_alias="SDLAB_METRICS_TOKEN")

    hosts: str = Field("", validation_alias="SDLAB_HOSTS")
    origins: str = Field("", validation_alias="SDLAB_ORIGINS")
    embed_origins: str = Field("", validation_alias="SDLAB_EMBED_ORIGINS")
    frame_ancestors: str = Field("", validation_alias="SDLAB_FRAME_ANCESTORS")

    lti_http_loopback: bool = Field(False, validation_alias="SDLAB_LTI_HTTP_LOOPBACK")
    lti_platforms: Path | None = Field(None, validation_alias="SDLAB_LTI_PLATFORMS")

    public_url: str = Field("", validation_alias="SDLAB_PUBLIC_URL")
    xapi_endpoint: str = Field("", validation_alias="SDLAB_XAPI_ENDPOINT")
    xapi_key: str = Field("", validation_alias="SDLAB_XAPI_KEY")
    xapi_secret: str = Field("", validation_alias="SDLAB_XAPI_SECRET")

    rooms_per_address: int = Field(300, ge=1, validation_alias="SDLAB_ROOMS_PER_ADDRESS")
    classes_per_address: int = Field(10, ge=1, validation_alias="SDLAB_CLASSES_PER_ADDRESS")
    open_labs: int = Field(200, ge=1, validation_alias="SDLAB_OPEN_LABS")
    viewers_per_lab: int = Field(400, ge=1, validation_alias="SDLAB_VIEWERS_PER_LAB")
    rows_per_room: int = Field(200_000, ge=100, validation_alias="SDLAB_ROWS_PER_ROOM")
    prepared_per_room: int = Field(3_000, ge=100, validation_alias="SDLAB_PREPARED_PER_ROOM")
    bytes_per_room: int = Field(64 * 1024 * 1024, ge=4096, validation_alias="SDLAB_BYTES_PER_ROOM")
    corpus: int = Field(100_000, ge=100, le=1_000_000, validation_alias="SDLAB_CORPUS")
    workload_rate: float = Field(2000, gt=0, validation_alias="SDLAB_WORKLOAD_RATE")
    total_workload_rate: float = Field(6000, gt=0, validation_alias="SDLAB_TOTAL_WORKLOAD_RATE")
    forks_rate: float = Field(360, gt=0, validation_alias="SDLAB_FORKS_RATE")
    sockets_per_address: int = Field(600, ge=1, validation_alias="SDLAB_SOCKETS_PER_ADDRESS")
    writes_per_second: int = Field(500, ge=1, validation_alias="SDLAB_WRITES_PER_SECOND")
    idle_minutes: float = Field(10, gt=0, validation_alias="SDLAB_IDLE_MINUTES")
    keep_hours: float = Field(24, gt=0, validation_alias="SDLAB_KEEP_HOURS")

    @field_validator("frame_ancestors")
    @classmethod
    def _only_https_origins(cls, listed: str) -> str:
        origins = [one.strip().lower().removesuffix("/") for one in listed.split(",") if one.strip()]
        if len(origins) > MOST_ANCESTORS:
            raise ValueError(f"at most {MOST_ANCESTORS} origins")
        for one in origins:
            if not _HTTPS_ORIGIN.fullmatch(one):
                raise ValueError(
                    f"{one[:80]!r} is no https origin; list them with commas, such as https://lms.school.example"
                )
        return ",".join(origins)

    @field_validator("lti_platforms", mode="before")
    @classmethod
    def _none_for_nothing(cls, named: object) -> object:
        return named or None

    @field_validator("lti_platforms")
    @classmethod
    def _are_platforms(cls, file: Path | None, others: ValidationInfo) -> Path | None:
        if file is not None:
            from sdlab.course.platforms import read_platforms

            read_platforms(file, http_loopback=bool(others.data.get("lti_http_loopback")))
        return file

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        url = url.strip().rstrip("/")
        if url and not _ADDRESS.fullmatch(url):
            raise ValueError("is an address such as https://lab.school.example")
        return url

    @field_validator("xapi_endpoint")
    @classmethod
    def _is_encrypted(cls, url: str, others: ValidationInfo) -> str:
        from sdlab.course.platforms import is_trusted

        if url and not is_trusted(url, http_loopback=True):
            raise ValueError("is an https address (http only on this machine), without credentials in it")
        if url and not others.data.get("public_url"):
            raise ValueError("needs SDLAB_PUBLIC_URL, the address by which visitors know this server")
        return url

    @property
    def frame_ancestors_listed(self) -> tuple[str, ...]:
        """Origins whose pages may frame a class."""
        return tuple(self.frame_ancestors.split(",")) if self.frame_ancestors else ()

    @property
    def sql_url(self) -> str:
        """The configured database, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data.resolve() / 'sdlab.db'}"

    @property
    def postgres_folder(self) -> Path | None:
        """Where the embedded PostgreSQL keeps its data; none when a database is configured."""
        return None if self.database_url else self.data.resolve() / "postgres"

    @property
    def blob_place(self) -> str:
        """The configured object store, or a folder in the data folder."""
        return self.blob_url or str(self.data.resolve() / "blobs")

    @property
    def files(self) -> Path:
        """Where libraries keep files of rooms by themselves, on this machine: beside the blobs in a folder."""
        return self.data.resolve() / ("files" if self.blob_url else "blobs")


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
