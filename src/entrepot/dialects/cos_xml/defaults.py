"""What buckets of COS answer of configurations that they never had. Data only.

Source: the error codes that its SDKs for Node.js and Java take for "there is none", and the pages of each operation
(product/436).
"""

from __future__ import annotations

from typing import Final

from entrepot.core.rights.grant import Right
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour.defaults import Defaults, empty, missing
from entrepot.dialects.s3like.flavour.known import known
from entrepot.dialects.s3like.flavour.spelling import Document


def _referer(place: Place) -> Document:
    """What is set by other ways (the command line, COS JSON) is told."""
    settings = place.existing_bucket().settings
    allowed, denied = settings.referer_allow, settings.referer_deny
    if not allowed and not denied:
        return {}
    return {
        "Status": "Enabled", "RefererType": "White-List" if allowed else "Black-List",
        "DomainList": {"Domain": list(allowed or denied)},
        "EmptyReferConfiguration": "Allow" if settings.referer_empty else "Deny",
    }  # fmt: skip


def _live_channels(place: Place) -> Document:
    return {
        "Prefix": place.query.get("prefix", ""), "Marker": place.query.get("marker", ""),
        "MaxKeys": place.number("max-keys", 100), "IsTruncated": False,
    }  # fmt: skip


DEFAULTS: Final[Defaults] = {
    ("bucket", sub): default for sub, default in {
        "versioning": empty("versions", "VersioningConfiguration"),
        "logging": empty("access logs", "BucketLoggingStatus"),
        "referer": empty("who may link to it", "RefererConfiguration", _referer, right=Right.READ_REFERER),
        "website": missing(
            "a static website", "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration.", source="SDK", removable=True,
        ),
        "policy": missing(
            "a bucket policy", "NoSuchBucketPolicy", "The bucket policy does not exist.", source="SDK", removable=True
        ),
        "replication": missing(
            "replication", "ReplicationConfigurationnotFoundError", source="SDK", removable=True
        ),
        "domain": missing("domains of its own", "NoSuchDomainConfiguration", source="assumed", removable=True),
        "domaincertificate": missing(
            "certificates of its domains", "NoSuchDomainCertificate", source="assumed", removable=True,
            variants={"domainname": missing("a domain's certificate", "NoSuchDomainCertificate", source="assumed")},
        ),
        "origin": missing(
            "an origin to fetch from", "NoSuchOriginConfiguration", source="assumed", removable=True
        ),
        "accelerate": empty("transfer acceleration", "AccelerateConfiguration"),
        "intelligenttiering": empty("moving by use", "IntelligentTieringConfiguration"),
        "intelligent-tiering": empty(
            "rules of moving by use", "ListBucketIntelligentTieringConfigurationsOutput", source="assumed",
            variants={"id": missing("a rule of moving by use", "NoSuchConfiguration", source="assumed")},
            removable=True,
        ),
        "inventory": empty(
            "inventories", "ListInventoryConfigurationResult", {"IsTruncated": False},
            known=known(query="continuation-token"),
            variants={"id": missing("an inventory", "NoSuchConfiguration", source="assumed")}, removable=True,
        ),
        "object-lock": missing(
            "object lock", "ObjectLockConfigurationNotFoundError", source="assumed"
        ),
        "notification": empty("notifications", "NotificationConfiguration", source="assumed"),
        "response-control": empty(
            "which headers of replies an address may set", "ResponseControlConfiguration", source="assumed",
            removable=True,
        ),
        "live": empty(
            "live channels", "ListLiveChannelResult", _live_channels, known=known(query="prefix marker max-keys")
        ),
    }.items()
}  # fmt: skip
