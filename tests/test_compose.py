"""The container set-up: reachable from this machine only, no secret in a file, nothing lost at a restart."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SECRETS = {"NEO4J_PASSWORD": "a-password-for-this-test", "PARKGRAPH_API_KEY": "a-key-for-this-test"}


def docker_compose(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `docker compose` with none of the secrets that the caller's shell or .env may hold."""
    inherited = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return subprocess.run(
        ["docker", "compose", "--env-file", os.devnull, *command],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def client() -> None:
    if shutil.which("docker") is None:
        pytest.skip("no docker client on PATH to read docker-compose.yml with")
    if docker_compose("version").returncode != 0:
        pytest.skip("the docker client here has no compose plugin to read docker-compose.yml with")


@pytest.fixture(scope="module", params=["as written", "as docker compose reads it"])
def services(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    if request.param == "as written":
        document = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    else:
        request.getfixturevalue("client")
        done = docker_compose("config", "--format", "json", **SECRETS)
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
    found: dict[str, dict[str, Any]] = document["services"]
    return found


def test_every_port_is_published_on_loopback_only(services: dict[str, dict[str, Any]]) -> None:
    ports = {
        name: [(p["host_ip"], p["target"]) for p in service["ports"]] for name, service in services.items()
    }
    assert ports == {"neo4j": [("127.0.0.1", 7687)], "api": [("127.0.0.1", 8000)]}
    assert not any("network_mode" in service for service in services.values())


def test_neo4j_keeps_its_data_in_a_named_volume(services: dict[str, dict[str, Any]]) -> None:
    volumes = [
        v if isinstance(v, str) else f"{v['source']}:{v['target']}" for v in services["neo4j"]["volumes"]
    ]
    assert volumes == ["neo4j-data:/data"]


def test_the_api_waits_until_neo4j_takes_statements(services: dict[str, dict[str, Any]]) -> None:
    assert "cypher-shell" in services["neo4j"]["healthcheck"]["test"][-1]
    assert services["api"]["depends_on"]["neo4j"]["condition"] == "service_healthy"


def test_the_api_is_given_neo4j_s_address_and_login(services: dict[str, dict[str, Any]]) -> None:
    api, neo4j = services["api"]["environment"], services["neo4j"]["environment"]
    assert api["PARKGRAPH_STORE"] == "neo4j://neo4j:7687"
    assert neo4j["NEO4J_AUTH"] == f"{api['PARKGRAPH_NEO4J_USER']}/{api['PARKGRAPH_NEO4J_PASSWORD']}"


def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    values = re.findall(r"^ +\w*(?:AUTH|PASSWORD|KEY|TOKEN|SECRET): +(.+)$", text, re.MULTILINE)
    assert len(values) == 3
    assert all(re.fullmatch(r"(neo4j/)?\$\{\w+:\?[^}]+\}", value) for value in values), values


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("missing", SECRETS)
def test_without_a_secret_it_refuses_with_a_sentence(missing: str) -> None:
    done = docker_compose("config", **{name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert f"Set {missing} to a " in done.stderr


def test_the_image_installs_pinned_versions_and_runs_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "-c /wheels/constraints.txt" in lines
    assert re.search(r"^USER [1-9]\d*$", lines, re.MULTILINE)
    assert "/health'" in lines
