"""The HMAC-SHA1 schemes of one shape, one row of facts each: OSS signature version 1 and AWS signature version 2.

``method, Content-MD5, Content-Type, date, the vendor's headers, the resource with its signed parameters``: the rows say
where each part travels, how the resource is written, and which parameters count as naming another resource. Parameters
that are not on the list are not signed. Must not know how a request is searched or a text is put together.

Source: wire facts of Alibaba §3.4, §4.1, §4.2; AWS "Signing and authenticating REST requests (AWS signature version
2)"; the parameters of AWS that its page leaves out are those that its Python SDK signs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from entrepot.core.value import Value
from entrepot.signing.scheme import Target
from entrepot.wire.http import Request

Reading = Callable[[bytes, bytes, bytes | None], bytes]
"""How a signed parameter is written, from its name, its decoded value, and the value as sent (None without ``=``)."""


class Row(Value, frozen=True, kw_only=True):
    """One scheme.

    ``word`` begins the Authorization header; ``key_id`` names the key in addresses and forms. ``prefix`` begins the
    vendor's headers, all of which are signed. ``resource`` is the path as signed; ``params`` the names of the
    parameters that are, each written in one of the ways ``readings``.
    """

    name: str
    word: str
    key_id: str
    prefix: bytes
    params: frozenset[bytes]
    resource: Callable[[Request, Target], tuple[bytes, ...]]
    readings: tuple[Reading, ...]
    sometimes: frozenset[bytes] = frozenset()
    """Names of further parameters that some of the vendor's SDKs sign and others send unsigned."""
    signs_own: bool = False
    """Whether those SDKs also sign every parameter below the vendor's prefix."""
    newer: str | None = None
    """The word of a version of the scheme that is not spoken here."""
    own_date_empties: bool = False
    """Whether the vendor's date header leaves the date's line empty; otherwise its value stands there, too."""
    hoists: bool = False
    """Whether an address may carry signed headers as parameters."""
    tokens: tuple[str, ...]
    """Where a session token may be: header, parameter and field alike."""

    @property
    def version(self) -> str:
        """The parameter or field that names a newer version of the scheme."""
        return self.prefix.decode("ascii") + "signature-version"

    @property
    def date(self) -> bytes:
        """The vendor's header that stands in for ``Date``, which browsers do not let pages set."""
        return self.prefix + b"date"


# The resource.


def _target_path(_request: Request, target: Target) -> tuple[bytes, ...]:
    """The bucket wherever it is named, and the decoded key."""
    if target.bucket is None:
        return (b"/",)
    return (b"/" + target.bucket.encode() + b"/" + target.key,)


def _sent_path(request: Request, target: Target) -> tuple[bytes, ...]:
    """The path as sent, after the bucket if that is in the host."""
    path = request.raw_path or b"/"
    if target.bucket is None:
        return (path,)
    if unquote_to_bytes(path) == b"/" + target.key:
        return (b"/" + target.bucket.encode() + path,)
    return (path, path + b"/") if not target.key and not path.endswith(b"/") else (path,)


# A parameter.


def _meant(name: bytes, value: bytes, _sent: bytes | None) -> bytes:
    return name + b"=" + value if value else name


def _kept(name: bytes, value: bytes, sent: bytes | None) -> bytes:
    return name if sent is None else name + b"=" + value


def _as_sent(name: bytes, _value: bytes, sent: bytes | None) -> bytes:
    return name + b"=" + sent if sent else name


_OSS_PARAMS = """
accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback callback-var cloudboxes
cname comp continuation-token cors delete encryption endTime group httpsConfig img inventory inventoryId lifecycle link
live location logging metaQuery objectInfo objectMeta partNumber policy position publicAccessBlock qos qosInfo
qosRequester redundancyTransition referer regionList replication replicationLocation replicationProgress requestPayment
requesterQosInfo resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo response-cache-control
response-content-disposition response-content-encoding response-content-language response-content-type response-expires
restore security-token sequential startTime stat status style styleName symlink tagging transferAcceleration uploadId
uploads versionId versioning versions vod website worm wormExtend wormId x-oss-ac-forward-allow x-oss-ac-source-ip
x-oss-ac-subnet-mask x-oss-ac-vpc-id x-oss-access-point-name x-oss-async-process x-oss-callback x-oss-callback-var
x-oss-process x-oss-redundancy-transition-taskid x-oss-request-payer x-oss-target-redundancy-type x-oss-traffic-limit
x-oss-write-get-object-response
"""
"""The cloud's list, and ``x-oss-callback``, which has an effect here in an address and so must be signed there."""
_OSS_SOMETIMES = """
accessPointConfigForObjectProcess accessPointForObjectProcess accessPointPolicyForObjectProcess cleanRestoredObject
dataPipeline legalHold objectWorm overwriteConfig policyStatus processConfiguration regions retention rtc seal time
udf udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName userDefinedLogFieldsConfig vip vpcip
withHashContext
"""
"""In the lists of some of the SDKs for Go (v1, v2), Python (v1, v2) and Java, and not in those of the others."""
_AWS_PARAMS = """
accelerate acl analytics cors defaultObjectAcl delete inventory lifecycle location logging metrics notification
object-lock partNumber policy replication requestPayment response-cache-control response-content-disposition
response-content-encoding response-content-language response-content-type response-expires restore select select-type
storageClass tagging torrent uploadId uploads versionId versioning versions website
"""


def _names(text: str) -> frozenset[bytes]:
    return frozenset(name.encode("ascii") for name in text.split())


OSS1: Final = Row(
    name="oss1",
    word="OSS",
    newer="OSS2",
    key_id="OSSAccessKeyId",
    prefix=b"x-oss-",
    params=_names(_OSS_PARAMS),
    sometimes=_names(_OSS_SOMETIMES),
    signs_own=True,
    resource=_target_path,
    readings=(_meant,),
    tokens=("x-oss-security-token", "security-token"),
)
AWS2: Final = Row(
    name="aws2",
    word="AWS",
    key_id="AWSAccessKeyId",
    prefix=b"x-amz-",
    params=_names(_AWS_PARAMS),
    resource=_sent_path,
    readings=(_meant, _kept, _as_sent),
    own_date_empties=True,
    hoists=True,
    tokens=("x-amz-security-token",),
)
KEY_IDS: Final = frozenset(row.key_id for row in (OSS1, AWS2))
"""A claim without its key is the scheme's own, unless it names another scheme's."""
