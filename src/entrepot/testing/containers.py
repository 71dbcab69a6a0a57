"""The server's image (``deploy/container``) as a container of testcontainers, for tests that want one.

A container is reached from outside, so it is not in dev mode: its clock cannot be turned, its accounts are not reset.
Accounts are made by the image's own command. ``pip install 'entrepot[testcontainers]'``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from entrepot.testing.calls import KitError
from entrepot.testing.clients import Clients
from entrepot.testing.sdk_settings import settings_of

PORT: Final = 9400
IMAGE: Final = "entrepot"


@dataclass(kw_only=True)
class ContainerAccount:
    """An account in a container: as :class:`entrepot.testing.Account`, without ``reset``."""

    number: int
    user_id: str
    key_id: str
    secret: str = field(repr=False)
    buckets: tuple[str, ...]
    address: str

    @property
    def bucket(self) -> str:
        """The first of its buckets."""
        return self.buckets[0]

    @property
    def cos_bucket(self) -> str:
        """The first of its buckets as COS writes it."""
        return f"{self.bucket}-{self.number}"

    @cached_property
    def settings(self) -> dict[str, dict[str, Any]]:
        """By the name of an SDK, the arguments that point it here."""
        return settings_of(self.address, self.key_id, self.secret)

    @cached_property
    def clients(self) -> Clients:
        """Ready clients of the SDKs that are installed."""
        return Clients(self)


class EntrepotContainer(DockerContainer):  # type: ignore[misc]  # the library may not be installed
    """``with EntrepotContainer() as server: account = server.account("uploads")``.

    ``settings`` are the server's, by their names; ``image`` is what was built with ``deploy/container/Dockerfile``.
    """

    def __init__(self, image: str = IMAGE, *, settings: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(image, **more)
        self.with_exposed_ports(PORT)
        for name, value in {"log_requests": "true", **(settings or {})}.items():
            self.with_env(f"ENTREPOT_{name.upper()}", value)
        self.waiting_for(HttpWaitStrategy(PORT, "/-/readyz").for_status_code(200))

    @property
    def address(self) -> str:
        """Where it is reached from outside."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    def account(self, *buckets: str) -> ContainerAccount:
        """A fresh account with a key and empty buckets of these names (``bucket`` unless given). Raises KitError."""
        names = buckets or ("bucket",)
        made = self._command("account", "create", "--json")
        owner = "--account", str(made["appid"])
        key = self._command("key", "create", *owner, "--json")
        for name in names:
            self._command("bucket", "create", name, *owner, "--json")
        return ContainerAccount(
            number=made["appid"], user_id=made["user_id"], key_id=key["id"], secret=key["secret"], buckets=names,
            address=self.address,
        )  # fmt: skip

    def _command(self, *words: str) -> dict[str, Any]:
        done = self.exec(["entrepot", *words])
        printed = bytes(done.output or b"")
        if done.exit_code:
            raise KitError(f"entrepot {' '.join(words)}: {printed.decode('utf-8', 'replace')}")
        answer: dict[str, Any] = json.loads(printed)
        return answer
