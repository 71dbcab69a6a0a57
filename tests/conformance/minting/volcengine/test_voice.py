"""The voice service by its three SDKs: a file uploaded by plain HTTP, committed, listed, renamed, deleted.

Source: the seed; wire facts of Volcengine §1.9, §2, §4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from behaviour.minting.sounds import mp3, wav
from conformance.minting.volcengine.clients import Api, Refused
from conformance.plain_http import request
from conformance.server import APPID

pytestmark = pytest.mark.conformance

VOICES = "volc-voice-resource-bucket"


def name_for(api: Api, text: str) -> str:
    """A file name that no other test has."""
    return f"{api.name}-{text}"


def refusal(api: Api, action: str, values: dict[str, Any]) -> Refused:
    """The error that a call must end with."""
    with pytest.raises(Refused) as caught:
        api.call(action, values)
    assert len(caught.value.metadata["RequestId"]) == 32
    return caught.value


def usable(api: Api) -> list[Any]:
    """What may be used, by whichever query the SDK has."""
    if api.name == "before":
        found = api.call("QueryUsableResource", {"Type": 0})
        assert isinstance(found, list)
        return found
    how = "get" if api.name == "node" else "json"
    return list(api.call("QueryUsableResourceV2", {"Type": 0}, how=how)["Records"])


@pytest.mark.parametrize(("file", "content", "kind"), [("a 中.wav", wav(2), "audio/wav"), ("b.mp3", mp3(3), "")])
def test_the_whole_way_of_a_file(api: Api, file: str, content: bytes, kind: str) -> None:
    name = name_for(api, file)
    url = str(api.call("GetResourceUploadUrl", {"FileName": name})["UploadUrl"])
    assert urlsplit(url).path.startswith(f"/{VOICES}/{APPID}/")
    told = api.put(url, content, **({"Content_Type": kind} if kind else {}))
    assert told["status"] == 200, told

    made = api.call("CommitResourceUpload", {"FileName": name})
    key, suffix = made["ResourceKey"], name[-4:]
    assert {**made, "ResourceKey": ""} == {"Name": name, "Suffix": suffix, "ResourceKey": ""}
    assert api.call("CommitResourceUpload", {"FileName": name})["ResourceKey"] == key
    [record] = [record for record in usable(api) if record["ResourceKey"] == key]
    assert (record["Name"], record["State"], record["Type"]) == (name, 1, 0)
    assert record["Duration"] == (2 if suffix == ".wav" else 3)

    update = {"ResourceKey": key, "Name": f"{name} renamed+"}
    assert api.call("OpenUpdateResource", update, how="form") == update
    found = api.call("QueryOpenGetResource", {"Type": 0, "Keyword": f"{name} RENAMED+", "Limit": 5, "Offset": 0})
    assert [record["ResourceKey"] for record in found["Records"]] == [key]
    assert (found["Total"], found["Limit"], found["Offset"]) == (1, 5, 0)

    assert api.call("OpenDeleteResource", {"ResourceKey": key}) == {"ResourceKey": key}
    assert refusal(api, "OpenDeleteResource", {"ResourceKey": key}).code == "RESOURCE_KEY_IS_NOT_EXIST"
    assert key not in [record["ResourceKey"] for record in usable(api)]


def test_a_second_address_after_a_lost_reply(api: Api) -> None:
    name = name_for(api, "twice.wav")
    first, second = api.upload(name, wav(1)), api.upload(name, wav(1))
    assert first != second
    assert first.partition("?")[0] == second.partition("?")[0]


def test_the_address_is_for_one_put(api: Api) -> None:
    url = api.upload(name_for(api, "once.wav"), wav(1))
    for method, where in (("GET", url), ("DELETE", url), ("PUT", url.replace("once.wav", "other.wav"))):
        assert request(method, where, body=b"x" if method == "PUT" else b"").status == 403


@pytest.mark.parametrize(
    ("action", "values", "status", "code"),
    [
        ("GetResourceUploadUrl", {"FileName": "a.txt"}, 400, "InvalidParameter"),
        ("GetResourceUploadUrl", {"FileName": ""}, 400, "MissingParameter"),
        ("CommitResourceUpload", {"FileName": "never.wav"}, 400, "RESOURCE_IS_NONE"),
        ("OpenUpdateResource", {"ResourceKey": "x", "Name": "y"}, 400, "RESOURCE_KEY_IS_NOT_EXIST"),
        ("QueryOpenGetResource", {"Type": 9}, 400, "InvalidParameter"),
    ],
)
def test_refused(api: Api, action: str, values: dict[str, Any], status: int, code: str) -> None:
    refused = refusal(api, action, values)
    assert refused.code == code
    assert refused.status in {0, status}


def test_refused_for_the_content(api: Api) -> None:
    name = name_for(api, "broken.mp3")
    api.upload(name, b"no sound at all")
    assert refusal(api, "CommitResourceUpload", {"FileName": name}).code == "FILE_ANALYSE_ERROR"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"secret": "wrong"}, 401, "SignatureDoesNotMatch"),
        ({"key_id": "nobody"}, 401, "InvalidAccessKey"),
        ({"token": "token"}, 401, "InvalidSecretToken"),
    ],
)
def test_refused_at_the_door(api: Api, changes: dict[str, str], status: int, code: str) -> None:
    refused = refusal(replace(api, **changes), "GetResourceUploadUrl", {"FileName": "a.wav"})
    assert refused.code == code
    assert refused.status in {0, status}


def test_a_signed_address(node_api: Api) -> None:
    assert isinstance(node_api.address("QueryUsableResourceV2", {"Type": "0"})["Records"], list)


def test_the_clouds_own_names(cloud_api: Api) -> None:
    """The SDK and requests are told nothing but a proxy: the address is as the cloud has it, and leads here."""
    name = name_for(cloud_api, "cloud 名.wav")
    url = cloud_api.upload(name, wav(1))
    assert url.startswith(f"http://{VOICES}.tos-cn-beijing.volces.com/{APPID}/")
    assert cloud_api.call("CommitResourceUpload", {"FileName": name})["Suffix"] == ".wav"


def test_the_sdk_waits_when_it_calls_too_often(today_api: Api) -> None:
    """It repeats what is refused for its rate, so that all calls succeed."""
    for _ in range(45):
        assert today_api.call("QueryOpenGetResource", {"Type": 0})["Limit"] == 10
