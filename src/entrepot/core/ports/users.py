"""The part of the index that holds sub-users and their policies; see :mod:`entrepot.core.ports`."""

from __future__ import annotations

from typing import Protocol

from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Policy, User


class UserReader(Protocol):
    """Questions. Not cached: they are asked by commands, never on the way of a request."""

    def user(self, account: int, name: str) -> User | None:
        """The sub-user of this name."""
        ...

    def users(self, account: int | None) -> list[User]:
        """All sub-users (of an account), by account and name."""
        ...

    def policy(self, account: int, name: str) -> Policy | None:
        """The policy of this name."""
        ...

    def policies(self, account: int | None) -> list[Policy]:
        """All policies (of an account), by account and name."""
        ...


class UserTransaction(Protocol):
    """Changes. What policies make of keys is the caller's business; see :mod:`entrepot.core.rules.users`."""

    def put_user(self, user: User) -> None:
        """Store a sub-user, in place of the one of its name."""
        ...

    def remove_user(self, account: int, name: str) -> bool:
        """Forget a sub-user; False when there is none."""
        ...

    def put_policy(self, policy: Policy) -> None:
        """Store a policy, in place of the one of its name."""
        ...

    def remove_policy(self, account: int, name: str) -> bool:
        """Forget a policy; False when there is none."""
        ...

    def set_key_grant(self, key_id: str, grant: Grant) -> None:
        """What a key may do from now on, in every process from its next ``refresh``."""
        ...
