"""Dashboard and alert rules ask for what a server tells of, and Prometheus takes them.

Law: the names of metrics and labels come from a scrape of a server that was used, never from a list kept here.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from conformance.server import Server
from deploy.configurations import DEPLOY, program
from entrepot.core.fault import Kind

PROMETHEUS = DEPLOY / "prometheus"
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? \S+$")
_NOT_OURS = {"up": {"job", "instance"}}


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, set[str]]]]:
    """The metrics of a server that was used: their labels, and the values of these."""
    server = Server(tmp_path_factory.mktemp("watched") / "data", ENTREPOT_STORAGE__UNKNOWN_HEADERS="ignore")
    server.start()
    try:
        with httpx.Client(base_url=server.address, trust_env=False) as client:
            client.get("/demo/none")
            client.put("/demo/none", content=b"x" * 200_000)
            signed = server_signed(server)
            assert client.put(signed, content=b"x" * 200_000).status_code == 200
            text = client.get("/-/metrics").text
    finally:
        server.stop()
    found: dict[str, dict[str, set[str]]] = {}
    for line in text.splitlines():
        sample = _SAMPLE.match(line)
        if sample is None:
            name = re.match(r"# TYPE (\w+) ", line)  # what has labels is there before its first sample
            if name is not None:
                found.setdefault(name.group(1), {})
            continue
        labels = found.setdefault(sample.group(1), {})
        for label, value in re.findall(r'(\w+)="([^"]*)"', sample.group(2) or ""):
            labels.setdefault(label, set()).add(value)
    return found


def server_signed(server: Server) -> str:
    """An address that stores an object which is no small one."""
    import sys

    from conformance.server import environment

    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "mint", "url", "demo", "large", "--data", str(server.data)],
        env=environment({}), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = re.search(r"https?://\S+", done.stdout)
    assert found is not None, done.stdout
    return found.group()


def rules() -> list[dict[str, Any]]:
    """The alert rules."""
    told = yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())
    return [rule for group in told["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """The dashboard."""
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "entrepot.json").read_text())
    return found


def expressions() -> dict[str, str]:
    """Every expression, by where it stands."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in rules()}
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            found[f"panel {panel['title']} {target['refId']}"] = target["expr"]
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            found[f"variable {variable['name']}"] = variable["definition"]
    return found


@pytest.mark.parametrize("where", expressions())
def test_it_asks_for_what_is_told(where: str, scraped: dict[str, dict[str, set[str]]]) -> None:
    expression = expressions()[where]
    asked = re.findall(r"\b(entrepot_\w+|up)\b(?:\{([^}]*)\})?", expression)
    assert asked
    known = {**scraped, **{name: {key: set() for key in labels} for name, labels in _NOT_OURS.items()}}
    for name, selected in asked:
        assert name in known, name
        if not known[name] and name != "entrepot_open_uploads":
            continue  # it has had no sample yet
        labels = set(re.findall(r"(\w+) ?!?=~?", re.sub(r'"[^"]*"', "", selected)))
        assert labels - {"job", "instance"} <= set(known[name]), name
        for by in re.findall(r"by \(([^)]*)\)", expression):
            assert {one.strip() for one in by.split(",")} - {"job", "instance"} <= set(known[name]), by


def test_it_asks_for_outcomes_and_ports_that_there_are(scraped: dict[str, dict[str, set[str]]]) -> None:
    outcomes = {kind.value for kind in Kind} | {"ok"}
    for expression in expressions().values():
        for text in re.findall(r'outcome!?=~?"([^"]*)"', expression):
            assert set(text.split("|")) <= outcomes
        for text in re.findall(r'port="([^"]*)"', expression):
            assert text in scraped["entrepot_storage_seconds_bucket"]["port"]
    assert "commit" in scraped["entrepot_storage_seconds_bucket"]["action"]


def test_every_metric_is_on_the_dashboard(scraped: dict[str, dict[str, set[str]]]) -> None:
    ours = {re.sub(r"_(total|created|bucket|count|sum)$", "", name) for name in scraped if name.startswith("entrepot_")}
    shown = " ".join(target["expr"] for panel in dashboard()["panels"] for target in panel["targets"])
    assert {name for name in ours if name not in shown} == set()


def test_the_dashboard_is_whole() -> None:
    told = dashboard()
    assert "id" not in told, "an id is one Grafana's own"
    panels = told["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        for target in panel["targets"]:
            assert 'job=~"$job", instance=~"$instance"' in target["expr"]
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(cells) == len(set(cells)), "panels lie over each other"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_and_what_it_means(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "description"}


@pytest.mark.parametrize(
    "words",
    [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml"), ("check", "config", "scrape.yaml")],
)
def test_prometheus_takes_the_files(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [program("promtool", "prometheus"), *words],
        cwd=PROMETHEUS, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scrape_asks_where_the_server_tells() -> None:
    (told,) = yaml.safe_load((PROMETHEUS / "scrape.yaml").read_text())["scrape_configs"]
    assert (told["job_name"], told["metrics_path"]) == ("entrepot", "/-/metrics")
    for rule in rules():
        assert all('job="entrepot"' in selected for selected in re.findall(r"\{([^}]*)\}", rule["expr"]))


def test_no_file_of_a_machine(tmp_path: Path) -> None:
    text = "".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file() and "secrets/" not in str(path))
    assert "/tmp/" not in text  # noqa: S108 - what must not be there
