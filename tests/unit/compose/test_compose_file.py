"""The containers are the pipeline that `farmstream up` runs: same parts, order, ports, versions, settings."""

import json
import re
import subprocess
import tomllib
from importlib.resources import files
from shutil import which

import pytest
from jsonschema import Draft202012Validator

from compose.docker.credentials import OWNERS
from compose.local.component import Component
from compose.local.credentials import make_credentials
from compose.local.home import Home
from compose.local.jar_cache import JarSet
from compose.local.jars_lock import SETS, read_lock
from compose.local.java import Java
from compose.local.options import Options
from compose.local.ports import LOOPBACK, PREFERRED
from compose.local.stack import Stack
from compose.local.topology import build
from telemetry.clock import duration
from tests.unit.compose.compose_file import (
    FOLDER,
    SERVICES,
    all_before,
    env_example,
    is_one_shot,
    load,
    mounts,
    ports,
    variables,
    waits_for,
)

ROOT = FOLDER.parent
DOCKERFILE = (FOLDER / "docker" / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    home = Home(tmp_path_factory.mktemp("home")).make()
    nothing = {name: JarSet(home.path, ()) for name in SETS}
    return Stack(
        options=Options(home=home),
        ports=PREFERRED,
        credentials=make_credentials(home.credentials),
        java=Java(home.path),
        jars=nothing,
    )


@pytest.fixture(scope="module")
def components(stack: Stack) -> list[Component]:
    return list(build(stack).components)


def locked(name: str, artifact: str) -> str:
    return next(jar.version for jar in read_lock()[name] if jar.artifact == artifact)


def test_all_components_are_there_and_wait_for_what_they_need(components: list[Component]) -> None:
    for component in components:
        assert set(component.needs) <= all_before(component.name), component.name
    assert {"jupyter", "dashboards", "migrate"} <= SERVICES.keys()


def test_they_get_the_time_to_stop_that_they_need(components: list[Component]) -> None:
    given = {c.name: duration(SERVICES[c.name]["stop_grace_period"]) for c in components}
    assert given == {c.name: c.stop_grace for c in components}


def test_who_waits_for_health_can_see_it() -> None:
    for name, service in SERVICES.items():
        assert all(how.startswith("service_") for how in waits_for(name).values())
        if is_one_shot(name):
            assert service["restart"] in ("no", "on-failure:10")
        else:
            assert service["restart"] == "unless-stopped"
            healthy = "healthcheck" in service or "HEALTHCHECK" in dockerfile(name)
            assert healthy, f"{name} has no health check"


def dockerfile(name: str) -> str:
    build_ = SERVICES[name]["build"]
    path = FOLDER / str(build_["context"]) / str(build_.get("dockerfile", "Dockerfile"))
    return path.read_text()


def test_published_on_loopback_at_the_ports_of_the_code(components: list[Component]) -> None:
    published = {name: port for name in SERVICES for port in ports(name)}
    assert {port.host for port in published.values()} == {LOOPBACK}
    for component in components:
        if component.port:
            assert published[component.name].published == component.port, component.name


def test_images_are_pinned_to_the_versions_of_the_code() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":\d+\.\d+\.\d+$", service["image"]), name
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{locked('kafka', 'kafka_2.13')}"
    assert SERVICES["cassandra"]["image"] == f"cassandra:{locked('cassandra', 'cassandra-all')}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = {s["image"] for s in SERVICES.values() if s["image"].startswith("farmstream/")}
    assert {image.rpartition(":")[2] for image in ours} == {project["version"]}
    python = re.search(r"^FROM python:(\d+)\.(\d+)\.\d+-", DOCKERFILE, re.MULTILINE)
    assert python
    assert f">={python[1]}.{python[2]}" == project["requires-python"]
    assert all(re.search(r"[=-]", line) for line in re.findall(r"pip install (.*)", DOCKERFILE))
    targets = set(re.findall(r" AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert {s["build"]["target"] for s in SERVICES.values() if "target" in s.get("build", {})} <= targets


def test_no_password_is_in_a_command_or_an_environment() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET|TOKEN$", key), f"{name} has {key}"
            assert "://" not in value or "@" not in value
        assert not re.search(r"--?(pw|password|token)\b[= ]", " ".join(service.get("command", [])))


def test_secrets_go_to_their_readers_only() -> None:
    makes = {outside: inside.rpartition("/")[2] for inside, outside in mounts("credentials").items()}
    assert set(makes.values()) == {"all", *OWNERS}
    for volume, folder in makes.items():
        readers = [name for name in SERVICES if volume in mounts(name).values() and name != "credentials"]
        assert readers == ([folder] if folder in OWNERS else [])
    assert SERVICES["mqtt"]["user"].split(":")[0] == str(OWNERS["mqtt"])
    uid = re.search(r"useradd --uid (\d+)", DOCKERFILE)
    assert uid
    assert {OWNERS[name] for name in OWNERS if name != "mqtt"} == {int(uid[1])}


def test_every_file_and_volume_is_there() -> None:
    used = {outside for name in SERVICES for outside in mounts(name).values()}
    files = {path for path in used if path.startswith(".")}
    assert all((FOLDER / path).is_file() for path in files)
    assert used - files == set(load()["volumes"])


def test_env_example_names_all_that_may_be_chosen() -> None:
    example = env_example()
    assert example.pop("COMPOSE_PROFILES") in {p for s in SERVICES.values() for p in s.get("profiles", ())}
    assert example == variables()
    chosen = {name: "77" for name in example}
    assert load(chosen)["services"]["mqtt"]["ports"] == [f"{LOOPBACK}:77:1883"]


def test_it_is_valid_by_the_schema_of_the_compose_specification() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    validator = Draft202012Validator(schema)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(load())] == []
    broken = load() | {"services": {"mqtt": {"imagee": "x"}}}
    assert not validator.is_valid(broken)


def test_docker_reads_it_as_we_do() -> None:
    """Where Docker Compose 2 is installed."""
    compose = ["docker", "compose", "-f", str(FOLDER / "docker-compose.yml"), "--profile", "simulator"]
    if which("docker") and quiet([*compose, "version"]).returncode == 0:
        read = quiet([*compose, "config", "--services"])
        assert read.returncode == 0, read.stderr
        assert set(read.stdout.split()) == SERVICES.keys()


def quiet(words: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, check=False)
