"""Settings of the server, from the environment (`PARKGRAPH_…`) or from the command line."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from parkgraph.graph.store import DEFAULT_URL

LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
        default=None, min_length=8, description="When set, every address but /health asks for this key."
    )

    editable: bool = Field(
        default=False,
        description="Whether identity may be judged and files loaded over HTTP.",
    )

    max_upload: int = Field(default=256 * 2**20, ge=1, description="The largest upload in bytes.")

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK
