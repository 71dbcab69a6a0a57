"""The unit is one that systemd understands, keeps the service in, and fits the server's own times."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.configurations import DEPLOY, told
from entrepot.config import Secret, Settings, load

SYSTEMD = DEPLOY / "systemd"
EXPOSURE_MAX = 15
"""Of 100, as `systemd-analyze security` counts; a service without any of it has 96."""


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """systemd's own check."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    done = subprocess.run([found, *words], capture_output=True, text=True, check=False, timeout=60)
    if "Unknown option" in done.stderr or "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze is too old")
    return done


def unit(folder: Path, *, gateway: bool) -> Path:
    """The unit as a file that can be checked where nothing is installed."""
    (folder / "entrepot.service").write_text(
        told(SYSTEMD / "entrepot.service", {"/opt/entrepot/bin/entrepot serve": f"{sys.executable} -m entrepot serve"})
    )
    if gateway:
        (folder / "entrepot.service.d").mkdir()
        shutil.copy(SYSTEMD / "gateway.conf", folder / "entrepot.service.d")
    return folder / "entrepot.service"


@pytest.mark.parametrize("gateway", [False, True])
def test_systemd_understands_the_unit(tmp_path: Path, gateway: bool) -> None:
    done = analyze("verify", "--man=no", str(unit(tmp_path, gateway=gateway)))
    assert (done.returncode, [line for line in done.stderr.splitlines() if "entrepot" in line]) == (0, []), done.stderr


def test_a_line_that_systemd_does_not_know_would_be_seen(tmp_path: Path) -> None:
    path = unit(tmp_path, gateway=False)
    path.write_text(path.read_text().replace("ProtectHome=yes", "ProtectHone=yes"))
    assert "ProtectHone" in analyze("verify", "--man=no", str(path)).stderr


def test_the_service_is_kept_in(tmp_path: Path) -> None:
    path = unit(tmp_path, gateway=False)
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MAX}", str(path))
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_an_end_in_order_fits_into_the_time_that_the_manager_gives() -> None:
    text = (SYSTEMD / "entrepot.service").read_text()
    stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert stop is not None
    example = tomllib.loads((SYSTEMD / "entrepot.toml").read_text())
    notice = re.search(
        r"^Environment=ENTREPOT_NOTICE_SECONDS=(\d+)$", (SYSTEMD / "gateway.conf").read_text(), re.MULTILINE
    )
    assert notice is not None
    drain = max(Settings().drain_seconds, example["drain_seconds"])
    assert int(stop.group(1)) >= int(notice.group(1)) + drain + 15
    assert "KillMode=mixed" in text
    assert ("ExecReload" in text) == (example["workers"] > 1)


@pytest.mark.parametrize("commented", [False, True])
def test_the_example_of_settings_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commented: bool) -> None:
    text = (SYSTEMD / "entrepot.toml").read_text()
    file = tmp_path / "entrepot.toml"
    file.write_text(re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE) if commented else text)
    key = Secret("x")
    settings = load(file, blobs_key_id=key, blobs_secret=key)
    assert settings.index.startswith("postgresql://") == commented


def test_every_secret_that_is_handed_over_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (SYSTEMD / "gateway.conf").read_text()
    handed = re.findall(r"^LoadCredential=(\w+):/etc/entrepot/secrets/(\w+)$", text, re.MULTILINE)
    variables = dict(re.findall(r"^Environment=(\w+_FILE)=%d/(\w+)$", text, re.MULTILINE))
    assert {name for name, _ in handed} == {file for _, file in handed} == set(variables.values())
    monkeypatch.chdir(tmp_path)
    for variable, name in variables.items():
        (tmp_path / name).write_text(f"{name}\n")
        monkeypatch.setenv(variable, str(tmp_path / name))
    settings = load(index="postgresql://u@h/d", blobs="s3://b?endpoint=http://h")
    for name in variables.values():
        assert getattr(settings, name).get_secret_value() == name


def test_the_account_is_made(tmp_path: Path) -> None:
    found = shutil.which("systemd-sysusers")
    if found is None:
        pytest.skip("systemd-sysusers is not installed (Debian: systemd)")
    (tmp_path / "etc").mkdir()
    words = [found, f"--root={tmp_path}", str(SYSTEMD / "entrepot.sysusers")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"^entrepot:.*:/var/lib/entrepot:/usr/sbin/nologin$", (tmp_path / "etc" / "passwd").read_text(), re.MULTILINE
    )
