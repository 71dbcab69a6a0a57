"""Image, compose file and manifests: each is one that its own tools take, and tells only of settings that there are.

Law: what needs a tool is left out where that is not installed, and says so; what can be read is always checked. The
image itself is built and run by `make test-image`.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.server import Server
from deploy.configurations import DEPLOY, ROOT, program
from entrepot.config import Settings, load

KUBERNETES = DEPLOY / "kubernetes"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
_SECONDS = 60


def documents(path: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one is not None]


def manifests() -> dict[str, dict[str, Any]]:
    """Every manifest by its kind and name."""
    found = [one for path in sorted(KUBERNETES.rglob("*.yaml")) for one in documents(path)]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found if one["kind"] != "Kustomization"}


def loaded(monkeypatch: pytest.MonkeyPatch, folder: Path, variables: dict[str, str]) -> Settings:
    """Settings of a container; what its secret files are named is put into files of the test's own."""
    monkeypatch.chdir(folder)
    for name, text in variables.items():
        file = folder / Path(text).name
        if name.endswith("_FILE"):
            file.write_text("of-sixteen-characters\n")
        monkeypatch.setenv(name, str(file) if name.endswith("_FILE") else text)
    return load()


# -- the image --------------------------------------------------------------------------------------------------


def test_the_image_is_made_in_two_stages_and_runs_as_nobody_special() -> None:
    stages = (DEPLOY / "container" / "Dockerfile").read_text().split("\nFROM ")
    assert len(stages) == 3
    build, last = stages[1:]
    assert "--require-hashes --only-binary :all:" in build
    assert not re.search(r"\b(pip|gcc|venv)\b", last)
    assert re.search(r"^USER 65532:65532$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert last.rstrip().endswith('ENTRYPOINT ["/opt/entrepot/bin/entrepot"]\nCMD ["serve"]')


def test_what_the_image_copies_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    text = (DEPLOY / "container" / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert f"!{source}" in ignored
            assert (ROOT / source).exists()


def test_the_image_has_settings_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = dict(re.findall(r"(ENTREPOT_\w+)=(\S+)", (DEPLOY / "container" / "Dockerfile").read_text()))
    settings = loaded(monkeypatch, tmp_path, variables)
    assert (settings.host, settings.port, settings.data) == ("0.0.0.0", 9400, Path("/var/lib/entrepot"))  # noqa: S104


def test_health_is_told(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")

    def asked(*words: str) -> int:
        script = str(DEPLOY / "container" / "healthcheck.py")
        done = subprocess.run(
            [shutil.which("python3") or "python3", script, *words],
            env={"ENTREPOT_DATA": str(server.data)}, capture_output=True, check=False, timeout=20,
        )  # fmt: skip
        return done.returncode

    assert asked() == 1
    server.start()
    try:
        for what in ((), ("readyz",)):
            assert 0 in (asked(*what) for _ in range(5))  # a busy machine may need longer than it waits
        assert asked("nothing") == 1
    finally:
        server.stop()
    assert asked() == 1


# -- compose ----------------------------------------------------------------------------------------------------


def test_compose_takes_the_file() -> None:
    docker = program("docker", "docker.io, docker-compose")
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False, timeout=20).returncode:
        pytest.skip("docker has no compose")
    done = subprocess.run(
        [docker, "compose", "-f", str(COMPOSE), "config", "--quiet"],
        capture_output=True, text=True, check=False, timeout=_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_services_fit_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = documents(COMPOSE)
    services = told["services"]
    assert {"gateway1", "gateway2", "gateway3", "postgres", "store", "migrate", "haproxy"} <= set(services)
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        names = [one if isinstance(one, str) else one["source"] for one in service.get("secrets", ())]
        assert set(names) <= set(told["secrets"])
        for volume in service.get("volumes", ()):
            assert volume.startswith("/") or volume.partition(":")[0] in told["volumes"]
        assert "latest" not in service["image"] or service["image"] == "entrepot:latest"
        assert not any("PASSWORD" in name and not name.endswith("_FILE") for name in service.get("environment", ()))
    variables = services["gateway1"]["environment"]
    for text in variables.values():
        if text.startswith("/run/secrets/"):
            assert Path(text).name in services["gateway1"]["secrets"]
    settings = loaded(monkeypatch, tmp_path, variables)
    assert settings.index.startswith("postgresql://entrepot@postgres:")
    stop = int(services["gateway1"]["stop_grace_period"].removesuffix("s"))
    assert stop > settings.notice_seconds + settings.drain_seconds + 5


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """The folder of secrets, made in a copy."""
    program("openssl", "openssl")
    for name in ("compose", "haproxy"):
        shutil.copytree(DEPLOY / name, tmp_path / name, ignore=shutil.ignore_patterns("secrets"))
    subprocess.run(["sh", str(tmp_path / "compose" / "secrets.sh")], check=True, capture_output=True, timeout=20)
    return tmp_path / "compose" / "secrets"


def test_the_secrets_are_made_once(made: Path) -> None:
    (told,) = documents(COMPOSE)
    wanted = {Path(one["file"]).name for one in (*told["secrets"].values(), *told["configs"].values())}
    assert {path.name for path in made.iterdir()} == wanted
    assert made.stat().st_mode & 0o777 == 0o700
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    subprocess.run(["sh", str(made.parent / "secrets.sh")], check=True, capture_output=True, timeout=20)
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_haproxy_takes_the_file_that_is_made(made: Path) -> None:
    haproxy = program("haproxy", "haproxy")
    file = made / "haproxy.cfg"
    text = file.read_text().replace("/etc/haproxy/entrepot.pem", str(made / "certificate.pem"))
    file.write_text(text.replace("maxconn 10000", "maxconn 1000"))
    assert [line.split()[2] for line in text.splitlines() if line.startswith("    server ")] == [
        "gateway1:9400", "gateway2:9400", "gateway3:9400",
    ]  # fmt: skip
    done = subprocess.run([haproxy, "-c", "-f", str(file)], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr


# -- kubernetes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["", "migrate"])
def test_kustomize_and_the_schemas_take_the_manifests(tmp_path: Path, folder: str) -> None:
    kubectl = program("kubectl", "kubernetes-client")
    done = subprocess.run(
        [kubectl, "kustomize", str(KUBERNETES / folder)], capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert "image: registry.example.com/entrepot:" in done.stdout
    if importlib.util.find_spec("kubernetes_validate") is None:
        pytest.skip("kustomize takes them; kubernetes-validate, which has the schemas, is not installed")
    import kubernetes_validate

    for manifest in yaml.safe_load_all(done.stdout):
        kubernetes_validate.validate(manifest, "1.30", strict=True)


def test_every_manifest_is_in_a_kustomization() -> None:
    for path in (KUBERNETES, KUBERNETES / "migrate"):
        (told,) = documents(path / "kustomization.yaml")
        files = {file.name for file in path.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
        assert set(told["resources"]) == files


@pytest.mark.parametrize("name", ["Deployment/entrepot", "Job/entrepot-migrate"])
def test_pods_are_kept_in_and_read_what_is_there(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = manifests()
    pod = everything[name]["spec"]["template"]["spec"]
    # Pod security standard "restricted".
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    files = {one["name"]: one["value"] for one in container["env"]}
    kept = everything["Secret/entrepot-secrets"]["stringData"]
    assert {Path(file).name for file in files.values()} == set(kept)
    mounts = {one["mountPath"] for one in container["volumeMounts"]}
    assert {str(Path(file).parent) for file in files.values()} <= mounts
    settings = loaded(monkeypatch, tmp_path, {**everything["ConfigMap/entrepot-settings"]["data"], **files})
    if name.startswith("Deployment"):
        assert pod["terminationGracePeriodSeconds"] >= settings.notice_seconds + settings.drain_seconds + 10


def test_names_and_ports_of_the_manifests_fit_each_other() -> None:
    everything = manifests()
    deployment = everything["Deployment/entrepot"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {one["name"] for one in container["ports"]}
    service = everything["Service/entrepot"]["spec"]
    assert service["selector"].items() <= labels.items()
    assert {one["targetPort"] for one in service["ports"]} <= ports
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    assert "selector" not in everything["Service/entrepot-inside-only"]["spec"]
    for rule in everything["Ingress/entrepot"]["spec"]["rules"]:
        leads = {one["path"]: one["backend"]["service"]["name"] for one in rule["http"]["paths"]}
        inside = {"/-/callback/public-key.pem": "entrepot", "/-/": "entrepot-inside-only", "/": "entrepot"}
        assert leads == inside
    scaler = everything["HorizontalPodAutoscaler/entrepot"]["spec"]
    said = everything["ConfigMap/entrepot-settings"]["data"]
    each = int(said["ENTREPOT_WORKERS"]) * int(said["ENTREPOT_INDEX_CONNECTIONS"])
    most = f"= {scaler['maxReplicas'] * each}."
    assert most in (KUBERNETES / "autoscaling.yaml").read_text()
