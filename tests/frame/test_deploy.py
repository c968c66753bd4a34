"""What is deployed fits the application: settings exist, probes are routes, nobody is root, secrets are not written down."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from sdlab.api.server import build_api
from sdlab.launcher.paths import ROOT
from sdlab.settings import Settings

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
KUBERNETES: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
OF_REFLEX = {"SDLAB_WORKERS"}  # read in rxconfig.py


def known_settings() -> set[str]:
    return {str(one.validation_alias) for one in Settings.model_fields.values()} | OF_REFLEX


def server_of(kind: str) -> dict[str, Any]:
    found = next(one for one in KUBERNETES if one["kind"] == kind)
    container: dict[str, Any] = found["spec"]["template"]["spec"]["containers"][0]
    return container


def settings_of(place: str) -> set[str]:
    if place == "compose":
        return set(COMPOSE["x-server"]["environment"])
    if place == "kubernetes":
        return {one["name"] for one in server_of("StatefulSet")["env"]}
    return set(re.findall(r"\b(SDLAB_\w+)=", "".join(re.findall(r"^ENV .*$", DOCKERFILE, re.MULTILINE))))


@pytest.mark.parametrize("place", ["compose", "kubernetes", "image"])
def test_what_is_set_is_a_setting(place: str) -> None:
    assert settings_of(place)
    assert settings_of(place) <= known_settings()


def test_probes_are_routes() -> None:
    container = server_of("StatefulSet")
    asked = {container[f"{one}Probe"]["httpGet"]["path"] for one in ("liveness", "readiness", "startup")}
    asked |= set(re.findall(r"127\.0\.0\.1:3000(/\S+?)'", DOCKERFILE))
    assert asked == {"/api/alive", "/api/health"}
    assert asked <= set(build_api().openapi()["paths"])


def test_nobody_is_root_and_everything_has_a_limit() -> None:
    assert DOCKERFILE.index("USER sdlab") < DOCKERFILE.index("COPY")
    pod = next(one for one in KUBERNETES if one["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert set(server_of("StatefulSet")["resources"]["limits"]) == {"cpu", "memory"}
    assert set(COMPOSE["x-server"]["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


def test_secrets_are_asked_for_and_not_written_down() -> None:
    text = (DEPLOY / "compose.yml").read_text()
    assert re.findall(r"\$\{(\w+):\?\}", text) == ["POSTGRES_PASSWORD", "SDLAB_SECRET", "POSTGRES_PASSWORD"]
    secrets = [one for one in server_of("StatefulSet")["env"] if "valueFrom" in one]
    assert {one["name"] for one in secrets} == {"REDIS_URL", "DATABASE_URL", "SDLAB_SECRET"}


def test_the_balancer_hashes_the_room_and_knows_all_servers() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    servers = {name for name in COMPOSE["services"] if name.startswith("server-")}
    assert set(re.findall(r"server (server-\d):3000", text)) == servers
    for way in ("$arg_room", "$http_x_sdlab_room", "$cookie_sdlab_room", "api/classes"):
        assert way in text


def test_what_is_built_elsewhere_is_no_part_of_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".sdlab"} <= set(left_out)
    assert "requirements.lock" not in left_out
