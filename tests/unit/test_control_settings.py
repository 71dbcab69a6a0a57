"""dialects/control/settings: lists that come from variables, and VOD's applications."""

from __future__ import annotations

import pytest

from entrepot.config import SettingsError, load
from entrepot.dialects.control.settings import MintSettings


def test_a_variable_lists_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_MINT__VOD_APPLICATIONS", "1250000000:220209, 1250000001:330000")
    monkeypatch.setenv("ENTREPOT_MINT__MS_NETWORKS", "10.0.0.0/8")
    mint = load(None).mint
    assert mint.applications() == {220209: 1250000000, 330000: 1250000001}
    assert mint.ms_networks == ("10.0.0.0/8",)


def test_the_development_account_has_an_application() -> None:
    assert MintSettings().applications() == {220209: 1250000000}


@pytest.mark.parametrize("text", ["220209", "a:b", "1250000000:220209,1250000001:220209", "1250000000/220209"])
def test_applications_that_cannot_be(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENTREPOT_MINT__VOD_APPLICATIONS", text)
    with pytest.raises(SettingsError, match="vod_applications"):
        load(None)
