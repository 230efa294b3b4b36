"""What is installed from deploy/: that it fits the program and itself; `make check-deploy` reads the same with others' tools."""

import re
from pathlib import Path
from typing import Any

import yaml

from monitor.config.settings import load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OWN = {
    "Description", "ExecStart", "Environment", "EnvironmentFile", "WorkingDirectory", "NoExecPaths",
    "StateDirectory", "StateDirectoryMode", "CacheDirectory", "CacheDirectoryMode",
}  # fmt: skip
"""Where one node of many differs from a daemon alone."""


def directives(name: str) -> list[tuple[str, str]]:
    """Return the settings of a unit in their order."""
    return re.findall(r"^(\w+)=(.*)$", (DEPLOY / name).read_text(), re.MULTILINE)


def test_a_node_is_shut_in_as_a_daemon_alone_is() -> None:
    alone, node = directives("event-monitor.service"), directives("event-monitor@.service")
    assert [one for one in node if one[0] not in OWN] == [one for one in alone if one[0] not in OWN]
    assert {name for name, _ in node} >= {"NoExecPaths", "CacheDirectory"}


def test_the_image_is_built_from_what_is_sent_and_takes_all_that_the_package_needs() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources == sent
    for source in sources:
        assert (ROOT / source).exists(), source
    wheel = re.search(r"force-include\]\n((?:.+\n)+)", (ROOT / "pyproject.toml").read_text())
    assert wheel
    assert set(re.findall(r'^"([^"]+)" =', wheel[1], re.MULTILINE)) <= sources


def pods() -> dict[str, dict[str, Any]]:
    """Return what each Deployment runs, by its name."""
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "nodes.yaml").read_text()))
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in documents if one["kind"] == "Deployment"
    }


def test_pods_hold_to_the_restricted_standard() -> None:
    # Source: kubernetes.io, Pod Security Standards, profile "restricted"; and a root that is read-only, no token of the cluster.
    assert pods()
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert all(set(volume) - {"name"} <= {"configMap", "secret", "emptyDir"} for volume in pod["volumes"])
        for container in (*pod["initContainers"], *pod["containers"]):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }  # fmt: skip
            assert {"memory"} <= set(container["resources"]["limits"])
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_all_roles_are_taken_once_wherever_there_are_nodes() -> None:
    roles = ["alert", "deliver", "poll", "web"]
    arguments = [pod["containers"][0]["args"] for pod in pods().values()]
    compose = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text())["services"]
    for commands in (arguments, [one["command"] for one in compose.values() if "command" in one]):
        assert sorted(role for command in commands for role in command[command.index("--role") + 1].split(",")) == roles


def test_the_configuration_for_kubernetes_is_one(tmp_path: Path) -> None:
    text = (DEPLOY / "kubernetes" / "monitor.yaml").read_text()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "database").write_text("postgresql+psycopg://monitor:hush@db.example/monitor\n")
    (secrets / "token").write_text("hush\n")
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "own.yaml").write_text("{watchlist: own, title: Own, entities: []}\n")
    file = tmp_path / "monitor.yaml"
    file.write_text(text.replace("/run/secrets/event-monitor", str(secrets)))
    settings = load_settings(file, {})
    assert settings.database == "postgresql+psycopg://monitor:hush@db.example/monitor"
    assert settings.web.token is not None
    assert (settings.web.host, settings.web.port) == ("0.0.0.0", 8080)
