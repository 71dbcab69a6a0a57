"""Random operations on the real store and on the reference model, side by side.

After each step both say the same: the result or the refusal, and every name that is there. At the end every byte is
compared, the references are counted, and after housekeeping nothing is left that nothing points to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Attributes, Lock, Upload
from entrepot.core.operations import Only, Replace
from entrepot.core.rights.identity import Principal
from properties.worlds import EVERYTHING, NARROW, Pair, principal

FILES = ("a", "b", "d/x", "d/e/z", "d/\U0001f600", "d/\ue000", "d")
DIRECTORIES = ("d/", "d/e/", "n/", "a/")
CONTENTS = (b"", b"x", b"y", b"sixteen bytes ok", b"seventeen bytes !", bytes(range(50)), b"0123456789" * 10)
TRAITS = (
    Attributes(),
    Attributes(annotation="note"),
    Attributes(headers={"Content-Type": "text/plain"}, metadata={"a": "\u00fc"}),
    Attributes(acl=Acl.PUBLIC_READ),
    Attributes(),
    Attributes(lock=Lock.WRITE),
    Attributes(link="a"),
)

files = st.sampled_from(FILES)
contents = st.sampled_from(CONTENTS)
replaces = st.sampled_from([Replace.ALWAYS, *Replace])
whos = st.builds(
    lambda rare, token: principal(
        NARROW if rare == 1 else EVERYTHING, own=NARROW if rare == 2 else EVERYTHING, token=token
    ),
    st.integers(0, 15),
    st.sampled_from([None] * 16 + [b"one", b"two", b"three"]),
)


@dataclass
class Session:
    """An upload that was started, and what its client has."""

    id: str
    key: str
    content: bytes
    part_bytes: int


class StoreMachine(RuleBasedStateMachine):
    """Whatever clients may do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        self.sessions: list[Session] = []
        self.numbered: list[tuple[str, str]] = []

    @initialize(content=st.sampled_from(CONTENTS), other=st.sampled_from(CONTENTS))
    def begin(self, content: bytes, other: bytes) -> None:
        """Something is there already, else most of what follows would be refused."""
        for key, data in (("a", content), ("d/x", other), ("d/e/z", content)):
            self.put(key, data, Replace.ALWAYS, Attributes(), tree=True, need_parent=False, who=principal())

    def teardown(self) -> None:
        """The accounts must balance."""
        try:
            self._check_the_end()
        finally:
            self.pair.close()

    def _check_the_end(self) -> None:
        for key in (*FILES, *DIRECTORIES):
            self.pair.ask(lambda bucket, _, key=key: ops.ReadObject(bucket=bucket, key=key))
        for world in self.pair.worlds:
            assert self.pair.run(world.damage()) == []
            self.pair.run(world.sweep(orphans=False))
            assert self.pair.run(world.damage()) == []
            assert set(world.engine.blobs.names(0.0)) == self.pair.run(world.known_names())

    @invariant()
    def both_hold_the_same(self) -> None:
        """Names, what they point at, how many uploads."""
        self.pair.both(lambda world: world.everything())

    @rule(
        key=files,
        content=contents,
        replace=replaces,
        attributes=st.sampled_from(TRAITS),
        tree=st.sampled_from([True, True, False]),
        need_parent=st.sampled_from([False, False, True]),
        who=whos,
    )
    def put(
        self,
        key: str,
        content: bytes,
        replace: Replace,
        attributes: Attributes,
        tree: bool,
        need_parent: bool,
        who: Principal,
    ) -> None:
        self.pair.ask(
            lambda bucket, staged: ops.PutObject(
                bucket=bucket,
                key=key,
                content=staged,
                attributes=attributes,
                replace=replace,
                tree=tree,
                need_parent=need_parent,
            ),
            who,
            content,
        )

    @rule(
        key=files,
        to=files,
        replace=replaces,
        tree=st.sampled_from([True, True, False]),
        move=st.booleans(),
        need_parent=st.sampled_from([False, False, True]),
        who=whos,
    )
    def copy_or_move(
        self, key: str, to: str, replace: Replace, tree: bool, move: bool, need_parent: bool, who: Principal
    ) -> None:
        self.pair.ask(
            lambda bucket, _: ops.CopyObject(
                bucket=bucket, key=key, target=to, replace=replace, tree=tree, move=move, need_parent=need_parent
            ),
            who,
        )

    @rule(key=files, who=whos)
    def delete(self, key: str, who: Principal) -> None:
        self.pair.ask(lambda bucket, _: ops.DeleteObject(bucket=bucket, key=key), who)

    @rule(key=st.sampled_from(DIRECTORIES), exist_ok=st.booleans(), attributes=st.sampled_from(TRAITS), who=whos)
    def make_directory(self, key: str, exist_ok: bool, attributes: Attributes, who: Principal) -> None:
        self.pair.ask(
            lambda bucket, _: ops.MakeDirectory(bucket=bucket, key=key, attributes=attributes, exist_ok=exist_ok), who
        )

    @rule(key=st.sampled_from(DIRECTORIES), who=whos)
    def remove_directory(self, key: str, who: Principal) -> None:
        self.pair.ask(lambda bucket, _: ops.RemoveDirectory(bucket=bucket, key=key), who)

    @rule(
        key=st.sampled_from(FILES + DIRECTORIES),
        annotation=st.sampled_from([None, "", "\u4e2d"]),
        acl=st.sampled_from([None, Acl.PRIVATE, Acl.PUBLIC_READ]),
        inherit=st.booleans(),
        headers=st.sampled_from([None, {"Content-Type": "a/b"}, {"Cache-Control": "no-cache"}]),
        metadata=st.sampled_from([None, {"a": "1"}, {"b": "2"}]),
        lock=st.sampled_from([None, None, Lock.NONE, Lock.NONE, Lock.NONE, *Lock]),
        who=whos,
    )
    def update(
        self,
        key: str,
        annotation: str | None,
        acl: Acl | None,
        inherit: bool,
        headers: dict[str, str] | None,
        metadata: dict[str, str] | None,
        lock: Lock | None,
        who: Principal,
    ) -> None:
        self.pair.ask(
            lambda bucket, _: ops.UpdateObject(
                bucket=bucket, key=key, annotation=annotation, acl=acl, inherit_acl=inherit, headers=headers,
                metadata=metadata, lock=lock,
            ),
            who,
        )  # fmt: skip

    @rule(key=st.sampled_from(FILES + DIRECTORIES), who=whos)
    def look(self, key: str, who: Principal) -> None:
        self.pair.ask(lambda bucket, _: ops.StatObject(bucket=bucket, key=key), who)
        self.pair.ask(lambda bucket, _: ops.ReadObject(bucket=bucket, key=key), who)
        self.pair.ask(lambda bucket, _: ops.FindUpload(bucket=bucket, key=key), who)

    @rule(
        directory=st.sampled_from(("", *DIRECTORIES)),
        prefix=st.sampled_from(["", "", "x", "e", "\ud7ff"]),
        limit=st.integers(1, 4),
        after=st.sampled_from([None, None, "a", "d/", "e/", "x", ""]),
        descending=st.booleans(),
        only=st.sampled_from(Only),
        who=whos,
    )
    def list_page(
        self, directory: str, prefix: str, limit: int, after: str | None, descending: bool, only: Only, who: Principal
    ) -> None:
        self.pair.ask(
            lambda bucket, _: ops.ListDirectory(
                bucket=bucket,
                directory=directory,
                prefix=prefix,
                after=after,
                limit=limit,
                descending=descending,
                only=only,
            ),
            who,
        )

    @rule(
        key=files,
        content=contents,
        part_bytes=st.sampled_from([8, 20, 64]),
        digest=st.sampled_from(["none", "right", "right", "wrong"]),
        replace=replaces,
        refuse=st.sampled_from([False, False, True]),
        who=whos,
    )
    def start_upload(
        self, key: str, content: bytes, part_bytes: int, digest: str, replace: Replace, refuse: bool, who: Principal
    ) -> None:
        sha1 = {"none": None, "right": hashlib.sha1(content).digest(), "wrong": b"w" * 20}[digest]
        outcome = self.pair.ask(
            lambda bucket, _: ops.StartUpload(
                bucket=bucket, key=key, size=len(content), part_bytes=part_bytes, sha1=sha1,
                attributes=Attributes(annotation="up"),                replace=replace, refuse_pending=refuse,
            ),
            who,
        )  # fmt: skip
        if isinstance(outcome, tuple) and len(outcome) == 3:
            self.sessions.append(Session(outcome[0].id, key, content, part_bytes))

    @precondition(lambda self: self.sessions)
    @rule(
        which=st.integers(0, 50),
        number=st.integers(0, 13),
        shape=st.sampled_from(["right"] * 6 + ["other", "short", "crooked", "foreign"]),
        finish=st.sampled_from([False, False, False, True]),
        who=whos,
    )
    def put_part(self, which: int, number: int, shape: str, finish: bool, who: Principal) -> None:
        session = self.sessions[-1 - which % min(len(self.sessions), 4)]
        offset = number % (len(session.content) // session.part_bytes + 1) * session.part_bytes
        data = session.content[offset : offset + session.part_bytes]
        if shape == "other":
            data = bytes(len(data))
        elif shape == "short":
            data = data[:-1]
        elif shape == "crooked":
            offset += 1
        key = "b" if shape == "foreign" else session.key
        if finish:
            who = principal(who.grant, own=who.own_grant)  # see test_store_promises: a once-only right is spent twice
        self.pair.ask(
            lambda bucket, staged: ops.PutPart(
                bucket=bucket, key=key, upload=session.id, offset=offset, content=staged, auto_complete=finish
            ),
            who,
            data,
        )

    @precondition(lambda self: self.sessions)
    @rule(which=st.integers(0, 50), finish=st.sampled_from([True, False]))
    def put_all_parts(self, which: int, finish: bool) -> None:
        session = self.sessions[-1 - which % min(len(self.sessions), 4)]
        for offset in reversed(range(0, len(session.content), session.part_bytes)):
            self.pair.ask(
                lambda bucket, staged, at=offset: ops.PutPart(
                    bucket=bucket, key=session.key, upload=session.id, offset=at, content=staged
                ),
                content=session.content[offset : offset + session.part_bytes],
            )
        if finish:
            self.complete(which, None, "none", principal())

    @precondition(lambda self: self.sessions)
    @rule(
        which=st.integers(0, 50),
        size=st.sampled_from([None, None, 0, 1]),
        digest=st.sampled_from(["none", "none", "right", "wrong"]),
        who=whos,
    )
    def complete(self, which: int, size: int | None, digest: str, who: Principal) -> None:
        session = self.sessions[-1 - which % min(len(self.sessions), 4)]
        sha1 = {"none": None, "right": hashlib.sha1(session.content).digest(), "wrong": b"w" * 20}[digest]
        said = None if size is None else len(session.content) + size
        self.pair.ask(
            lambda bucket, _: ops.CompleteUpload(
                bucket=bucket, key=session.key, upload=session.id, size=said, sha1=sha1
            ),
            who,
        )

    @rule(key=files, position=st.sampled_from(["end"] * 6 + ["start", "beyond"]), content=contents, who=whos)
    def append(self, key: str, position: str, content: bytes, who: Principal) -> None:
        found = self.pair.worlds[0].engine.index.now.object(self.pair.worlds[0].bucket.id, key)
        length = 0 if found is None else found.size
        at = {"end": length, "start": 0, "beyond": length + 1}[position]
        self.pair.ask(
            lambda bucket, staged: ops.AppendObject(
                bucket=bucket, key=key, position=at, content=staged, attributes=Attributes(annotation="grown")
            ),
            who,
            content,
        )

    @rule(keys=st.lists(st.sampled_from(FILES + DIRECTORIES), max_size=3), who=whos)
    def delete_many(self, keys: list[str], who: Principal) -> None:
        self.pair.ask(lambda bucket, _: ops.DeleteObjects(bucket=bucket, keys=tuple(keys)), who)

    @rule(
        key=files, source=files, attributes=st.sampled_from([None, *TRAITS]), replace=replaces,
        max_bytes=st.sampled_from([None, None, None, 20]), who=whos,
    )  # fmt: skip
    def copy_into(
        self,
        key: str,
        source: str,
        attributes: Attributes | None,
        replace: Replace,
        max_bytes: int | None,
        who: Principal,
    ) -> None:
        self.pair.ask(
            lambda bucket, _: ops.CopyInto(
                bucket=bucket, key=key, source_bucket=bucket, source_key=source, attributes=attributes, acl=Acl.PRIVATE,
                replace=replace, max_bytes=max_bytes,
            ),
            who,
        )  # fmt: skip

    @rule(
        prefix=st.sampled_from(["", "", "d", "d/"]),
        delimiter=st.sampled_from(["", "/", "/", "e/"]),
        after=st.sampled_from([None, None, "a", "d/", "d/e/", "d/x"]),
        limit=st.integers(0, 4),
        who=whos,
    )
    def list_keys(self, prefix: str, delimiter: str, after: str | None, limit: int, who: Principal) -> None:
        self.pair.ask(
            lambda bucket, _: ops.ListObjects(
                bucket=bucket, prefix=prefix, delimiter=delimiter, after=after, limit=limit
            ),
            who,
        )
        self.pair.ask(
            lambda bucket, _: ops.ListUploads(
                bucket=bucket, prefix=prefix, delimiter=delimiter, after_key=after, after_upload=None, limit=limit
            ),
            who,
        )

    @rule(key=files, replace=replaces, attributes=st.sampled_from(TRAITS), who=whos)
    def start_multipart(self, key: str, replace: Replace, attributes: Attributes, who: Principal) -> None:
        outcome = self.pair.ask(
            lambda bucket, _: ops.StartMultipart(bucket=bucket, key=key, attributes=attributes, replace=replace), who
        )
        if isinstance(outcome, Upload):
            self.numbered.append((outcome.id, key))

    @precondition(lambda self: self.numbered)
    @rule(which=st.integers(0, 50), number=st.integers(0, 4), content=contents, source=st.none() | files, who=whos)
    def put_numbered(self, which: int, number: int, content: bytes, source: str | None, who: Principal) -> None:
        upload, key = self.numbered[-1 - which % min(len(self.numbered), 3)]
        if source is None:
            self.pair.ask(
                lambda bucket, staged: ops.PutNumberedPart(
                    bucket=bucket, key=key, upload=upload, number=number, content=staged
                ),
                who,
                content,
            )
            return
        first, length = (0, None) if len(content) < 2 else (1, len(content) - 1)
        self.pair.ask(
            lambda bucket, _: ops.CopyPart(
                bucket=bucket, key=key, upload=upload, number=number, source_bucket=bucket, source_key=source,
                first=first, length=length,
            ),
            who,
        )  # fmt: skip

    @precondition(lambda self: self.numbered)
    @rule(
        which=st.integers(0, 50), how=st.sampled_from(["all", "all", "some", "list", "abort"]),
        minimum=st.sampled_from([0, 0, 0, 17]), who=whos,
    )  # fmt: skip
    def end_multipart(self, which: int, how: str, minimum: int, who: Principal) -> None:
        upload, key = self.numbered[-1 - which % min(len(self.numbered), 3)]
        if how == "abort":
            self.pair.ask(lambda bucket, _: ops.AbortUpload(bucket=bucket, key=key, upload=upload), who)
            return
        if how == "list":
            self.pair.ask(lambda bucket, _: ops.ListParts(bucket=bucket, key=key, upload=upload, after=1, limit=2), who)
            return
        parts = None if how == "all" else tuple(ops.WantedPart(number=number, md5=None) for number in (1, 3))
        self.pair.ask(
            lambda bucket, _: ops.CompleteMultipart(
                bucket=bucket, key=key, upload=upload, parts=parts, part_min_bytes=minimum
            ),
            who,
        )

    @rule(key=st.sampled_from(FILES + DIRECTORIES), who=whos)
    def ask_for_the_digest(self, key: str, who: Principal) -> None:
        self.pair.ask(lambda bucket, _: ops.StatObject(bucket=bucket, key=key, sha1=True), who)

    @rule()
    def sweep(self) -> None:
        """Housekeeping may come at any time."""
        for world in self.pair.worlds:
            self.pair.run(world.sweep(orphans=False))


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=settings().max_examples * 3 // 10, stateful_step_count=60)
