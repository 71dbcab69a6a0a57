"""console/sessions and attempts: how long a session holds, and what ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from entrepot.clock_and_chance import new_letters
from entrepot.console.attempts import FAILURES, FAILURES_OF_ADDRESS, SECONDS, Attempts
from entrepot.console.sessions import ACCOUNT, COLLECTION, TOKEN_LETTERS, Limits, Sessions
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Account, Minted, key_of_account
from properties.worlds import World

from .worlds import a_world

LIMITS = Limits(idle_seconds=1800, most_seconds=43_200)
KEY = key_of_account(id="the-key", account=77_777, secret=b"the secret", created_at=1.0)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        index = made.engine.index
        await index.write(lambda tx: tx.add_account(Account(id=KEY.account, user_id="u", created_at=1.0)))
        await index.write(lambda tx: tx.add_key(KEY))
        yield made


def sessions(world: World, admin_key: str | None = "the admin's key") -> Sessions:
    return Sessions(world.engine.index, world.clock, lambda: new_letters(TOKEN_LETTERS), admin_key, LIMITS)


async def test_who_logs_in_is_found_again(world: World) -> None:
    for key in (KEY, None):
        begun = await sessions(world).begin(key)
        found = await sessions(world).find(begun.token)
        assert found is not None
        assert (found.id, found.key, found.csrf) == ("admin" if key is None else KEY.id, key, begun.csrf)
        assert found.is_admin == (key is None)


async def test_nothing_of_a_session_or_secret_is_kept_readable(world: World) -> None:
    begun = await sessions(world).begin(KEY)
    (note,) = world.engine.index.now.notes(ACCOUNT, COLLECTION, None, 10)
    kept = note.key.encode() + note.value
    assert begun.token.encode() not in kept
    assert KEY.secret not in kept
    assert begun.csrf.encode() not in kept


async def test_idle_and_whole_limits(world: World) -> None:
    known = sessions(world)
    token = (await known.begin(KEY)).token
    for _ in range(24):
        world.clock.at += 1799
        assert await known.find(token) is not None
    world.clock.at += 43_200 - 24 * 1799 - 1
    assert await known.find(token) is not None
    world.clock.at += 1
    assert await known.find(token) is None
    token = (await known.begin(KEY)).token
    world.clock.at += 1800
    assert await known.find(token) is None


async def test_a_look_now_and_then_is_written_down_once_a_minute(world: World) -> None:
    known = sessions(world)
    token = (await known.begin(KEY)).token
    begun = world.engine.index.now.notes(ACCOUNT, COLLECTION, None, 10)
    world.clock.at += 59
    await known.find(token)
    assert world.engine.index.now.notes(ACCOUNT, COLLECTION, None, 10) == begun
    world.clock.at += 1
    await known.find(token)
    assert world.engine.index.now.notes(ACCOUNT, COLLECTION, None, 10) != begun


async def test_a_key_that_is_not_what_it_was_ends_it(world: World) -> None:
    known, index = sessions(world), world.engine.index
    token = (await known.begin(KEY)).token
    await index.write(lambda tx: tx.remove_key(KEY.id))
    assert await known.find(token) is None
    await index.write(lambda tx: tx.add_key(replace(KEY, secret=b"another")))
    assert await known.find(token) is None
    await index.write(lambda tx: tx.remove_key(KEY.id))
    await index.write(lambda tx: tx.add_key(replace(KEY, revoked_at=5.0)))
    assert await known.find(token) is None
    await index.write(lambda tx: tx.remove_key(KEY.id))
    await index.write(lambda tx: tx.add_key(KEY))
    assert await known.find(token) is not None


async def test_another_admin_key_ends_the_admins(world: World) -> None:
    token = (await sessions(world).begin(None)).token
    assert await sessions(world, "another").find(token) is None
    assert await sessions(world, None).find(token) is None
    assert await sessions(world).find(token) is not None


async def test_logging_out_ends_one_session(world: World) -> None:
    known = sessions(world)
    one, other = await known.begin(KEY), await known.begin(KEY)
    await known.end(one)
    assert await known.find(one.token) is None
    assert await known.find(other.token) is not None


async def test_records_that_are_over_are_cleared_away(world: World) -> None:
    known = sessions(world)
    for _ in range(5):
        await known.begin(KEY)
    world.clock.at += 1800
    await known.begin(KEY)
    assert len(world.engine.index.now.notes(ACCOUNT, COLLECTION, None, 10)) == 1


@pytest.mark.parametrize("token", [None, "", "x" * 42, "x" * 43, "x" * 44, "\ud800" * 43])
async def test_what_is_no_session(world: World, token: str | None) -> None:
    assert await sessions(world).find(token) is None


async def test_who_may_log_in(world: World) -> None:
    known = sessions(world)
    assert known.known("admin", "the admin's key") is None
    assert known.known(KEY.id, "the secret") == KEY
    minted = replace(KEY, id="minted", minted=Minted(api="a", minter=KEY.id, client="c", allows="all"))
    await world.engine.index.write(lambda tx: tx.mint_key(minted))
    wrong = [
        ("admin", "the secret"), (KEY.id, "the admin's key"), (KEY.id, ""), ("nobody", "\0" * 32), ("", ""),
        ("minted", "the secret"), ("admin", "\0" * 32), (KEY.id, "\ud800"),
    ]  # fmt: skip
    for key_id, secret in wrong:
        with pytest.raises(Fault) as caught:
            known.known(key_id, secret)
        assert caught.value.kind is Kind.SIGNATURE_MISMATCH
        assert secret not in caught.value.message or len(secret) < 2
    with pytest.raises(Fault):
        sessions(world, None).known("admin", "the admin's key")


def test_attempts_are_counted_for_a_minute() -> None:
    at = [0.0]
    attempts = Attempts(lambda: at[0])
    for _ in range(FAILURES):
        attempts.check("192.0.2.1", "id")
        attempts.failed("192.0.2.1", "id")
    with pytest.raises(Fault) as caught:
        attempts.check("192.0.2.1", "id")
    assert caught.value.kind is Kind.THROTTLED
    attempts.check("192.0.2.1", "another")
    attempts.check("192.0.2.2", "id")
    at[0] = SECONDS
    attempts.check("192.0.2.1", "id")
    attempts.failed("192.0.2.1", "id")
    attempts.passed("192.0.2.1", "id")
    for number in range(FAILURES_OF_ADDRESS):
        attempts.failed("192.0.2.1", str(number))
    with pytest.raises(Fault):
        attempts.check("192.0.2.1", "new")


def test_attempts_are_kept_in_bounded_memory() -> None:
    attempts = Attempts(lambda: 0.0)
    for number in range(30_000):
        attempts.failed(f"192.0.{number}", "id")
    assert len(attempts._failures) <= 10_000
