"""VOD CreateStorageCredentials: temporary credentials for exactly what a policy says of an application's storages.

Source: the seed of VOD; wire facts of Tencent §3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from entrepot.core.operations import MintCredential
from entrepot.core.rights.identity import Credential
from entrepot.dialects.control.policies import cam
from entrepot.dialects.control.policies.statements import grant_of, told
from entrepot.dialects.tencent import policies, vod_policy
from entrepot.dialects.tencent.applications import application_of, storages
from entrepot.dialects.tencent.call import Answer, Call

SECONDS: Final = 1800
SECONDS_MAX: Final = 129_600


async def create(call: Call) -> Answer:
    """Mint the credentials."""
    application = application_of(call)
    text = call.ask.text("Policy")
    seconds = call.ask.number("DurationSeconds", SECONDS, 1, SECONDS_MAX)
    reader = call.world.reader
    owner = vod_policy.Owner(
        account=call.account,
        application=application,
        storages=tuple(storages(reader, call.account.id, call.world)),
        is_sample_free=reader.account(vod_policy.SAMPLE_APPID) is None,
    )
    policy = vod_policy.narrowed(policies.read(text), owner)
    said = cam.statements(policy.text, call.account, vod=owner.meaning(), most_bytes=policies.WRITTEN_BYTES_MAX)
    bucket, key = policy.named[0] if policy.named else ("", "")
    minted = await call.mint(
        MintCredential(
            account=call.account.id,
            api=call.api,
            requested=grant_of(said),
            seconds=float(seconds),
            allows=_said(application, policy.named) + told(said),
            style="AKID",
            with_token=True,
            client=call.client,
            about_bucket=bucket,
            about_key=key,
        )
    )
    return {
        "Credentials": {
            "AccessKeyId": minted.key.id,
            "SecretAccessKey": minted.key.secret.decode(),
            "SessionToken": minted.token,
            "Expiration": expiration(minted),
        }
    }


def expiration(minted: Credential) -> str:
    """When a credential ends, as the cloud writes moments."""
    return datetime.fromtimestamp(int(minted.key.expires_at or 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _said(application: int, named: tuple[tuple[str, str], ...]) -> str:
    shown = ", ".join(f"{bucket}/{path}" for bucket, path in named[:3])
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    return f"what its policy says of the application {application}: {shown}{more}"
