"""The page Connect: each piece of code does what it says when it is run as it is shown, with a secret put in.

Law: Python and what is installed is run with the real SDK or tool; the rest is parsed by its language.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from behaviour.server import Server
from conformance.conftest import require
from conformance.server import environment
from conformance.setup_sdks import VENVS, command, node_folder, python_of
from console.asking import Tab
from console.furnished import HOSTILE
from console.test_rights import address, page
from entrepot.console.code import code_of
from entrepot.console.pages.entry.connect import SECRET

__all__ = ["page"]
Open = Callable[..., Tab]
KINDS = ("s3", "oss", "tos", "cosxml", "cosjson", "minting")
PYTHON = {
    "Python (boto3)": "s3", "Python (boto3, sts)": "s3", "Python (oss2)": "aliyun",
    "Python (alibabacloud-oss-v2)": "aliyun_v2", "Python (tos)": "volcengine", "Python (cos-python-sdk-v5)": "tencent",
    "Python (qcloud_cos_py3)": "qcloud_cos_py3", "Python (volcenginesdk-vms)": "minting_volcengine",
    "Python (alibabacloud_hbr20170908)": "minting_aliyun", "Python (tencentcloud-sdk-python-ms)": "minting_tencent",
}  # fmt: skip
"""Client -> the environment that has its SDK."""
NODE = {
    "Node.js (@aws-sdk/client-s3)": "node/aws", "Node.js (ali-oss)": "node/aliyun",
    "Node.js (@volcengine/tos-sdk)": "node/volcengine", "Node.js (cos-nodejs-sdk-v5)": "node/tencent",
    "Node.js (qcloud_cos)": "node",
}  # fmt: skip
INI = {
    "AWS CLI and AWS SDKs (~/.aws/config)": ("aws", {"AWS_CONFIG_FILE": "FILE"}, "s3 ls --profile entrepot BUCKET"),
    "rclone (~/.config/rclone/rclone.conf)": ("rclone", {}, "--config FILE lsf entrepot:BUCKET"),
    "s3cmd (~/.s3cfg)": ("s3cmd", {}, "--config FILE ls s3://BUCKET"),
}
GO, JAVA = "Go (aws-sdk-go-v2)", "Java (software.amazon.awssdk)"


def shown(one: Tab, kind: str, bucket: str, **more: str) -> dict[str, str]:
    """The code that the page shows, by client."""
    query = "&".join(f"{name}={value}" for name, value in {"kind": kind, "bucket": bucket, **more}.items())
    body = one.get(f"/connect?{query}").body.decode()
    clients = re.findall(r"<summary>(.*?)</summary>", body)
    codes = re.findall(r'<code id="code-\d+">(.*?)</code>', body, re.DOTALL)
    assert len(clients) == len(codes) > 0
    return {unescape(client): unescape(code) for client, code in zip(clients, codes, strict=True)}


@pytest.fixture
def codes(server: Server, tab: Open) -> tuple[str, dict[str, str]]:
    """A fresh bucket, and all code for it, with the secret put in as its reader does."""
    bucket, one = server.make_bucket(DEV.appid), tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    found: dict[str, str] = {}
    for kind in KINDS:
        found |= shown(one, kind, bucket)
    assert not any(DEV.secret.decode() in code for code in found.values())
    assert all(SECRET in code and DEV.key_id in code for code in found.values())
    return bucket, {client: code.replace(SECRET, DEV.secret.decode()) for client, code in found.items()}


def run(words: list[str], folder: Path, **more: str) -> str:
    """What a program says that must end well."""
    around = environment({"HOME": str(folder), **more})
    around.pop("AWS_CA_BUNDLE", None)  # rclone 1.60 takes none
    done = subprocess.run(words, cwd=folder, env=around, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stored(server: Server, bucket: str) -> list[str]:
    found = server.ask(lambda reader: reader.bucket(DEV.appid, bucket))
    assert found is not None
    return [record.key for record in server.ask(lambda reader: list(reader.objects(found.id, "", None, 10)))]


def test_every_client_is_tried(codes: tuple[str, dict[str, str]]) -> None:
    assert {*PYTHON, *NODE, *INI, GO, JAVA} == set(codes[1])


@pytest.mark.parametrize("client", PYTHON)
def test_the_python_works(server: Server, codes: tuple[str, dict[str, str]], tmp_path: Path, client: str) -> None:
    bucket, code = codes
    require(PYTHON[client])
    (tmp_path / "connect.py").write_text(code[client])
    said = run([str(python_of(PYTHON[client])), "connect.py"], tmp_path)
    if "sts" in client or PYTHON[client].startswith("minting"):
        assert said.strip()
    else:
        assert stored(server, bucket) == ["hello.txt"]


@pytest.mark.parametrize("client", NODE)
def test_the_javascript_works(server: Server, codes: tuple[str, dict[str, str]], tmp_path: Path, client: str) -> None:
    bucket, code = codes
    require(NODE[client])
    (tmp_path / "node_modules").symlink_to(node_folder(NODE[client].partition("/")[2]) / "node_modules")
    (tmp_path / "connect.js").write_text(code[client])
    run([command("node") or "node", "connect.js"], tmp_path)
    assert stored(server, bucket) == ["hello.txt"]


@pytest.mark.parametrize("client", INI)
def test_the_settings_work(server: Server, codes: tuple[str, dict[str, str]], tmp_path: Path, client: str) -> None:
    bucket, code = codes
    name, variables, arguments = INI[client]
    configparser.ConfigParser(interpolation=None).read_string(code[client])
    file = tmp_path / "settings"
    file.write_text(code[client])
    tool = VENVS / "sdk-s3" / "bin" / name
    require("rclone" if name == "rclone" else "s3")
    words = [str(tool) if tool.exists() else command(name) or name]
    words += [word.replace("FILE", str(file)).replace("BUCKET", bucket) for word in arguments.split()]
    run(words, tmp_path, **{name: value.replace("FILE", str(file)) for name, value in variables.items()})


def test_the_go_is_go(codes: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    tool = shutil.which("gofmt")
    if tool is None:
        pytest.skip("gofmt is missing")
    (tmp_path / "connect.go").write_text(codes[1][GO] + "\n")
    assert run([tool, "-l", "-e", "."], tmp_path) == "", "it is formatted as Go is"


def test_the_java_compiles(codes: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    require("java/clients")
    (tmp_path / "Connect.java").write_text(codes[1][JAVA])
    run(["javac", "-d", ".", "-cp", os.fspath(VENVS / "java-clients" / "jars" / "*"), "Connect.java"], tmp_path)


def test_who_is_logged_in_is_written_and_the_admin_says_whom(server: Server, tab: Open) -> None:
    user = server.make_user(DEV.appid)
    one, admin = tab(), tab()
    one.log_in(user.key_id, user.secret.decode())
    assert f'aws_access_key_id="{user.key_id}"' in shown(one, "s3", "demo", key=DEV.key_id)["Python (boto3)"]
    admin.log_in()
    assert 'aws_access_key_id="KEY_ID"' in shown(admin, "s3", "demo")["Python (boto3)"]
    assert f'SecretId="{user.key_id}"' in shown(admin, "cosxml", "b", key=user.key_id)["Python (cos-python-sdk-v5)"]
    assert f'Bucket="b-{DEV.appid}"' in shown(admin, "cosxml", "b", key=user.key_id)["Python (cos-python-sdk-v5)"]
    reply = admin.get("/connect?key=nobody")
    assert reply.status == 400
    assert b"there is no key &#39;nobody&#39;" in reply.body
    assert admin.get("/connect?key=WALKED-RIGHT").status == 400
    assert admin.get("/connect?kind=ftp").status == 400


@pytest.mark.browser
def test_code_is_chosen_and_copied(page: Page, server: Server) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address(server, "/overview"))
    page.get_by_role("link", name="Connect").click()
    page.get_by_role("link", name="Alibaba OSS").click()
    page.get_by_label("Bucket").fill("demo")
    page.get_by_label("Key id").fill(DEV.key_id)
    page.get_by_role("button", name="Write them in").click()
    expect(page.locator("#code-1")).to_contain_text(DEV.key_id)
    page.get_by_role("button", name="Copy the code for Python (oss2)").click()
    text = page.evaluate("() => navigator.clipboard.readText()")
    assert 'region="cn-hangzhou"' in text
    assert text == page.locator("#code-1").text_content()


@pytest.mark.browser
def test_a_hostile_key_id_is_text(page: Page, server: Server) -> None:
    for number, text in enumerate([one for one in HOSTILE if one.isascii() and one.isprintable() and len(one) < 99]):
        owner = Owner(
            appid=1250000130 + number, key_id=f"{text.replace(' ', '/')}-{number}", secret=b"hostile-connect-secret"
        )
        server.make_owner(owner)
        for kind in KINDS:
            page.goto(address(server, f"/connect?kind={kind}&bucket=%3Cb%3E%22%27"))
            page.get_by_label("Key id").fill(owner.key_id)
            page.get_by_role("button", name="Write them in").click()
            expect(page.locator("#code-1")).to_be_visible()
            assert page.locator("main img, main script").count() == 0


def test_over_https_there_is_what_can_reach_such_a_server() -> None:
    names = "address scheme authority host port key secret bucket appid cosBucket sRegion ossRegion tosRegion cosRegion"
    values = dict.fromkeys(names.split(), "x") | {"address": "https://store.example", "scheme": "https"}
    clients = {kind: {one["client"] for one in code_of("connect", kind, values, plain_http=False)} for kind in KINDS}
    assert clients["cosxml"] == set()
    assert len(clients["s3"]) == 7
    assert len(clients["oss"]) == 3
    for kind in KINDS:
        assert not any("http://" in one["text"] for one in code_of("connect", kind, values, plain_http=False))


@pytest.mark.parametrize("text", [*HOSTILE, "a\nb = c", "x\r[y]\u2028z"])
def test_no_value_leaves_its_line_of_an_ini_file(text: str) -> None:
    names = "address authority host port key secret bucket appid cosBucket sRegion ossRegion tosRegion cosRegion"
    values = dict.fromkeys(names.split(), text)
    for plain_http in (True, False):
        for code in code_of("connect", "s3", values, plain_http=plain_http):
            if code["client"] in INI:
                read = configparser.ConfigParser(interpolation=None)
                read.read_string(code["text"])
                assert len(read.sections()) == 1
                assert set(read[read.sections()[0]]) <= {
                    "endpoint_url", "region", "aws_access_key_id", "aws_secret_access_key", "s3", "type", "provider",
                    "endpoint", "access_key_id", "secret_access_key", "force_path_style", "host_base", "host_bucket",
                    "use_https", "access_key", "secret_key",
                }  # fmt: skip
