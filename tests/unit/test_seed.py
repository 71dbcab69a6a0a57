"""Seeds: what one may say, where a mistake is told, that the same one again changes nothing. Source: issue 14 §2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.admin.seed.reading import read
from entrepot.config import load
from entrepot.core.fault import Fault
from entrepot.core.ports import Reader
from entrepot.folder import Folder

from .commands import run_command

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "seed.yaml"


def seed(tmp_path: Path, text: str, name: str = "seed.yaml") -> Path:
    """A seed file."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def asked(data: Path, question: Any) -> Any:
    """An answer of the folder."""
    from entrepot import folder

    return folder.ask(load(None, data=data), question)


def everything(data: Path) -> Any:
    """All rows that a seed can make, with their times."""

    def question(reader: Reader) -> Any:
        buckets = reader.buckets(None, None, 100)
        objects = [reader.objects(bucket.id, "", None, 1000) for bucket in buckets]
        return reader.accounts(), reader.keys(None), reader.users(None), reader.policies(None), buckets, objects

    return asked(data, question)


def test_the_example_of_the_documents_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = run_command("seed", str(EXAMPLE), "--data", str(data))
    assert (first.exit_code, first.output.splitlines()[-1]) == (0, "seeded: 12 created, 0 changed, 0 unchanged")
    before = everything(data)
    again = run_command("seed", str(EXAMPLE), "--data", str(data))
    assert (again.exit_code, again.output.strip()) == (0, "seeded: 0 created, 0 changed, 12 unchanged")
    assert everything(data) == before
    shown = run_command("bucket", "show", "public", "--data", str(data), "--account", "1250000000")
    assert "authority        public-read" in shown.output
    assert run_command("fsck", "--digests", "--data", str(data)).exit_code == 0


def test_what_differs_is_changed_and_the_rest_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    text = "accounts: [{buckets: [{name: b, acl: %s, token_protected: true, objects: [{key: a, text: %s}, {key: c}]}]}]"
    assert run_command("seed", str(seed(tmp_path, text % ("private", "one"))), "--data", str(data)).exit_code == 0
    done = run_command("seed", str(seed(tmp_path, text % ("public-read", "two"))), "--data", str(data))
    assert done.output.splitlines() == [
        "changed bucket b", "changed object b/a", "seeded: 0 created, 2 changed, 2 unchanged",
    ]  # fmt: skip
    bare = seed(tmp_path, "accounts: [{buckets: [{name: b}]}]")
    assert run_command("seed", str(bare), "--data", str(data)).output == "seeded: 0 created, 0 changed, 2 unchanged\n"
    (bucket,) = asked(data, lambda reader: reader.buckets(None, None, 10))
    assert (bucket.settings.acl, bucket.settings.protect_downloads) == ("public-read", True)


def test_a_large_object_and_an_encrypted_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "large.bin").write_bytes(b"0123456789abcdef" * 20_000)
    text = (
        "accounts: [{buckets: [{name: b, encryption: true, objects: [{key: l, file: large.bin}, {key: s, text: t}]}]}]"
    )
    path = seed(tmp_path, text)
    assert "4 created" in run_command("seed", str(path), "--data", str(data)).output
    assert "0 created, 0 changed, 4 unchanged" in run_command("seed", str(path), "--data", str(data)).output
    (bucket,) = asked(data, lambda reader: reader.buckets(None, None, 10))
    objects = asked(data, lambda reader: reader.objects(bucket.id, "", None, 10))
    assert [one.size for one in objects] == [320_000, 1]
    assert all(one.attributes.encryption is not None for one in objects)
    assert run_command("fsck", "--digests", "--data", str(data)).exit_code == 0


def test_a_folder_is_a_seed(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "seed"
    below = folder / "buckets" / "photos" / "2026"
    below.mkdir(parents=True)
    (below / "a.jpg").write_bytes(b"\xff\xd8")
    seed(folder, "accounts: [{appid: 1250000009}]", "10-first.yaml")
    seed(folder, "accounts: [{appid: 1250000009, buckets: [{name: photos, acl: public-read}]}]", "20-more.yml")
    assert run_command("seed", str(folder), "--data", str(data)).exit_code == 0
    (bucket,) = asked(data, lambda reader: reader.buckets(None, None, 10))
    assert (bucket.account, bucket.settings.acl) == (1250000009, "public-read")
    assert [one.key for one in asked(data, lambda reader: reader.objects(bucket.id, "", None, 10))] == ["2026/a.jpg"]


MISTAKES = {
    "an unknown field": ("accounts:\n- appid: 1250000000\n  bukets: []\n", ":3:", "did you mean 'buckets'?"),
    "one deeper": ("accounts:\n- buckets:\n  - name: b\n    objects:\n    - kee: a\n", ":5:", "did you mean 'key'?"),
    "one like no other": ("accounts:\n- keys:\n  - id: abc\n    zzz: a\n", ":4:", "there are id, secret"),
    "a number for a text": ("accounts:\n- keys:\n  - id: 12345\n    secret: abc\n", ":3:", "put it in quotes"),
    "a field that is missing": ("accounts:\n- keys:\n  - id: abc\n", ":3:", "missing required field `secret`"),
    "no such ACL": ("accounts:\n- buckets:\n  - name: b\n    acl: open\n", ":4:", "open"),
    "no such method": (
        "accounts:\n- buckets:\n  - name: b\n    cors:\n    - origins: ['*']\n      methods: [get]\n",
        ":6:", "get",
    ),
    "a name twice": ("accounts: []\naccounts: []\n", ":2:", "stands twice"),
    "no YAML": ("accounts:\n- [}\n", ":2:", "no YAML"),
    "an alias": ("accounts:\n- keys: &k\n  - {id: abc, secret: abc}\n- keys: *k\n", ":", "alias"),
    "a tag": ("accounts: !!python/object/apply:os.system ['true']\n", ":1:", "tag"),
    "a file outside": ("accounts: [{buckets: [{name: b, objects: [{key: a, file: ../x}]}]}]", ": b/a", "not below"),
    "bytes twice": (
        "accounts:\n- buckets:\n  - name: bbb\n    objects:\n    - {key: a, text: a, base64: YQ==}\n",
        ":5:", "not text and base64",
    ),
    "a bad bucket name": ("accounts:\n- buckets:\n  - name: B_B\n", ":3:", "no bucket name"),
    "a policy of no language": ("accounts:\n- policies:\n  - name: p\n    text: '{}'\n", ":3:", "Statement"),
    "a user's unknown policy": ("accounts:\n- users:\n  - name: u\n    policies: [none]\n", ":3:", "no policy 'none'"),
    "a header that is not kept": (
        "accounts:\n- buckets:\n  - name: bbb\n    objects:\n    - key: a\n      headers: {X-Y: z}\n",
        ":5:", "Content-Type",
    ),
    "a minter that is not there": (
        "accounts:\n- grants:\n  - {id: abc, secret: abc, minter: abd}\n",
        ":3:", "no key 'abd'",
    ),
    "no duration": (
        "accounts:\n- keys: [{id: abd, secret: abd}]\n  grants:\n  - {id: abc, secret: abc, minter: abd, lasts: 1y}\n",
        ":4:", "no duration",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "advice"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line_and_changes_nothing(
    tmp_path: Path, text: str, place: str, advice: str
) -> None:
    data, path = tmp_path / "data", seed(tmp_path, text)
    Folder(load(None, data=data)).close()
    before = everything(data)
    done = run_command("seed", str(path), "--data", str(data))
    assert done.exit_code == 1
    assert f"{path}{place}" in done.output
    assert advice in done.output
    assert everything(data) == before


def test_a_late_mistake_undoes_all_of_it(tmp_path: Path) -> None:
    """Bytes in files as well: nothing is left of them."""
    data = tmp_path / "data"
    (tmp_path / "large.bin").write_bytes(bytes(200_000))
    text = "accounts:\n- buckets: [{name: b, objects: [{key: a, file: large.bin}]}]\n- appid: 1\n"
    done = run_command("seed", str(seed(tmp_path, text)), "--data", str(data))
    assert (done.exit_code, everything(data)[4]) == (1, [])
    assert "seed.yaml:3: an appid has 5 to 18 digits" in done.output
    assert "0 objects, 0 uploads, 0 blobs" in run_command("fsck", "--data", str(data)).output


def test_a_key_with_another_secret_is_refused_without_either(tmp_path: Path) -> None:
    data = tmp_path / "data"
    text = "accounts: [{keys: [{id: AKIDone, secret: %s}]}]"
    assert run_command("seed", str(seed(tmp_path, text % "the-first-one")), "--data", str(data)).exit_code == 0
    done = run_command("seed", str(seed(tmp_path, text % "the-second-one")), "--data", str(data))
    assert (done.exit_code, "the-first-one" in done.output, "the-second-one" in done.output) == (1, False, False)
    assert "another secret" in done.output


def test_words_of_yaml_1_1_are_texts(tmp_path: Path) -> None:
    source = read(seed(tmp_path, "accounts: [{buckets: [{name: no, tags: {on: yes, of: '012'}}]}]"))
    (bucket,) = source.seed.accounts[0].buckets
    assert (bucket.name, bucket.tags) == ("no", {"on": "yes", "of": "012"})


def test_what_is_too_deep_or_too_long(tmp_path: Path) -> None:
    for text in ("[" * 5000 + "]" * 5000, "#" * (17 << 20)):
        with pytest.raises(Fault):
            read(seed(tmp_path, text))


def test_an_empty_file_and_none(tmp_path: Path) -> None:
    assert read(seed(tmp_path, "")).seed.accounts == ()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Fault, match="cannot be read"):
        read(tmp_path / "absent.yaml")
    with pytest.raises(Fault, match="no seed"):
        read(empty)
