"""What the admin API has besides in dev mode, as a table. Outside dev mode there is none of it, nor is it documented.

Data only. Paths begin with ``/dev/``.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin.api.table import Endpoint, Field, record, texts

SEED_MAX_BYTES: Final = 64 << 20

SEEDING: Final = (
    Endpoint(
        name="applySeed", method="POST", path="/dev/seed", reply="Seeded", fails=(400, 401, 404, 409),
        about="Have what a seed says: what is missing is made, what differs is changed, all of it or nothing.",
        body=(
            Field(
                name="seed", kind="object", needed=True,
                about="A seed as its file has it, with the bytes of objects as `text` or `base64`.",
            ),
        ),
        body_max_bytes=SEED_MAX_BYTES,
    ),
)  # fmt: skip

DEV_ENDPOINTS: Final = (*SEEDING,)

DEV_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "Seeded": record(
        "How many things were made, changed, or as they should be; the first thousand of those that were not, by name.",
        created={"type": "integer"}, changed={"type": "integer"}, unchanged={"type": "integer"}, things=texts(),
    ),
}  # fmt: skip
