"""Settings of the server, from the environment (`PARKGRAPH_…`) or from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from parkgraph.api.limits import Rate
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.store import DEFAULT_URL

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_USUAL_RATE = "600/minute"


class Settings(BaseSettings):
    """Each field is read from the variable PARKGRAPH_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="PARKGRAPH_", frozen=True, extra="ignore")

    store: str = Field(
        default=DEFAULT_URL, description="The store to serve, embedded:PATH or a Neo4j address."
    )
    model: Path | None = Field(default=None, description="A model file of your own.")
    texts: Path | None = Field(default=None, description="A folder with the sources' texts, to quote from.")
    host: str = Field(
        default="127.0.0.1", description="The address to listen on; other than loopback needs a key."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 picks a free one.")
    api_key: str | None = Field(
        default=None,
        min_length=8,
        description="One key for everything: when set, every address but /health asks for a key.",
    )
    keys: Path | None = Field(
        default=None,
        description="The file of keys with roles that `parkgraph token` writes; then too a key is asked for.",
    )

    editable: bool = Field(
        default=False,
        description="Whether identity may be judged and files loaded over HTTP.",
    )

    max_upload: int = Field(default=256 * 2**20, ge=1, description="The largest upload in bytes.")
    max_body: int = Field(default=2**20, ge=1, description="The largest other body in bytes.")
    rate_limit: str | None = Field(
        default=None,
        description="Requests of one key, or of one address without a key, such as 600/minute; or off. By "
        f"default off on loopback and {_USUAL_RATE} elsewhere.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins whose pages may ask, such as https://dash.example, separated by commas.",
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How lines of the log look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="The least that is logged; info has a line for every request."
    )

    @field_validator("rate_limit")
    @classmethod
    def _is_a_rate(cls, value: str | None) -> str | None:
        if value is not None and value.strip() != "off":
            Rate.parse(value)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for origin in _listed(value):
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc.lower()}" != origin:
                raise ValueError(f"{origin!r} is no origin; expected https://HOST or https://HOST:PORT")
        return value

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def rate(self) -> Rate | None:
        """How often one caller may ask; None for as often as it likes."""
        text = self.rate_limit
        if text is None:
            text = "off" if self.on_loopback else _USUAL_RATE
        return None if text.strip() == "off" else Rate.parse(text)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may ask."""
        return _listed(self.cors_origins)

    def check_reach(self) -> None:
        """Raise BadRequest for a server that others could reach without a key."""
        if not self.on_loopback and self.api_key is None and self.keys is None:
            raise BadRequest(
                f"host {self.host}: others could reach the server; "
                "set PARKGRAPH_API_KEY or PARKGRAPH_KEYS first"
            )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
