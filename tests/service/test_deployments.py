"""The files for containers say what the program and the image take."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from service.cli.app import app
from service.runtime.fleet.worker import STOP_SECONDS
from tests.service.commands import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
KUBERNETES: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text()))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
(CONTAINER,) = KUBERNETES[0]["spec"]["template"]["spec"]["containers"]


@pytest.mark.parametrize("words", [COMPOSE["services"]["worker"]["command"], CONTAINER["args"]], ids=str)
def test_what_a_container_is_started_with_is_a_command(words: list[str]) -> None:
    name, *given = words
    group = app
    assert isinstance(group, typer.core.TyperGroup)
    command = group.commands[name]
    context = command.make_context(name, list(given))
    assert context.params["watch_file"].name == "watch.yaml"


def test_the_image_has_what_workers_need_and_is_no_root() -> None:
    assert "'.[workers]'" in DOCKERFILE
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, re.MULTILINE)
    assert KUBERNETES[0]["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def test_the_health_checks_look_at_the_file_that_the_image_has_touched() -> None:
    named = re.search(r"^ENV OVERSIGHT_WATCH_ALIVE_FILE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert named is not None
    looks = re.search(r"CMD (test -n .*)$", DOCKERFILE, re.MULTILINE)
    assert looks is not None
    assert CONTAINER["livenessProbe"]["exec"]["command"] == ["sh", "-c", looks[1]]
    assert f"find {named[1]} -mmin" in looks[1]
    assert str(Path(named[1]).parent) in {one["mountPath"] for one in CONTAINER["volumeMounts"]}
    for name in ("run", "worker"):
        group = app
        assert isinstance(group, typer.core.TyperGroup)
        envs = {one.envvar for one in group.commands[name].params if isinstance(one, typer.core.TyperOption)}
        assert "OVERSIGHT_WATCH_ALIVE_FILE" in envs


def test_a_container_is_given_as_long_as_a_worker_may_need_to_stop() -> None:
    assert KUBERNETES[0]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= STOP_SECONDS
    written = COMPOSE["services"]["worker"]["stop_grace_period"]
    found = re.fullmatch(r"(\d+)m(\d+)s", written)
    assert found is not None
    assert int(found[1]) * 60 + int(found[2]) >= STOP_SECONDS


def test_workers_are_replaced_one_by_one_while_the_others_work() -> None:
    deployment, budget = KUBERNETES
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert budget["spec"]["selector"]["matchLabels"] == labels


def test_every_volume_that_is_mounted_is_there() -> None:
    pod = KUBERNETES[0]["spec"]["template"]["spec"]
    assert {one["name"] for one in CONTAINER["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    assert "db" in COMPOSE["volumes"]
