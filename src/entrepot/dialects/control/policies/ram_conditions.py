"""How Alibaba's RAM, AWS's IAM and Volcengine's IAM spell conditions. Data only.

Sizes and types of uploads have no key on these clouds; ``entrepot:`` has them. Source: wire facts of Alibaba §4.7; AWS
"IAM JSON policy elements: Condition operators", "Amazon S3 condition keys".
"""

from __future__ import annotations

from typing import Final

from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Operator
from entrepot.core.rights.holders import USER_ID, USER_NAME
from entrepot.core.value import changed
from entrepot.dialects.control.policies.conditions import Family, Language, Spelling


def _row(family: Family, operator: Operator, *, negated: bool = False) -> Spelling:
    return Spelling(family=family, operator=operator, negated=negated)


_OPERATORS = {
    "StringEquals": _row(Family.TEXT, Operator.EQUAL),
    "StringNotEquals": _row(Family.TEXT, Operator.EQUAL, negated=True),
    "StringEqualsIgnoreCase": _row(Family.TEXT, Operator.EQUAL_IGNORE_CASE),
    "StringNotEqualsIgnoreCase": _row(Family.TEXT, Operator.EQUAL_IGNORE_CASE, negated=True),
    "StringLike": _row(Family.TEXT, Operator.LIKE),
    "StringNotLike": _row(Family.TEXT, Operator.LIKE, negated=True),
    "NumericEquals": _row(Family.NUMBER, Operator.NUMBER_EQUAL),
    "NumericNotEquals": _row(Family.NUMBER, Operator.NUMBER_EQUAL, negated=True),
    "NumericLessThan": _row(Family.NUMBER, Operator.LESS),
    "NumericLessThanEquals": _row(Family.NUMBER, Operator.LESS_EQUAL),
    "NumericGreaterThan": _row(Family.NUMBER, Operator.GREATER),
    "NumericGreaterThanEquals": _row(Family.NUMBER, Operator.GREATER_EQUAL),
    "DateEquals": _row(Family.DATE, Operator.NUMBER_EQUAL),
    "DateNotEquals": _row(Family.DATE, Operator.NUMBER_EQUAL, negated=True),
    "DateLessThan": _row(Family.DATE, Operator.LESS),
    "DateLessThanEquals": _row(Family.DATE, Operator.LESS_EQUAL),
    "DateGreaterThan": _row(Family.DATE, Operator.GREATER),
    "DateGreaterThanEquals": _row(Family.DATE, Operator.GREATER_EQUAL),
    "Bool": _row(Family.BOOL, Operator.BOOL),
    "IpAddress": _row(Family.NETWORK, Operator.NETWORK),
    "NotIpAddress": _row(Family.NETWORK, Operator.NETWORK, negated=True),
    "Null": _row(Family.NULL, Operator.NULL),
}

_KEYS = {
    "acs:currenttime": Fact.TIME,
    "acs:securetransport": Fact.SECURE,
    "acs:sourceip": Fact.SOURCE,
    "acs:useragent": Fact.USER_AGENT,
    "aws:currenttime": Fact.TIME,
    "aws:epochtime": Fact.TIME,
    "aws:referer": Fact.REFERER,
    "aws:securetransport": Fact.SECURE,
    "aws:sourceip": Fact.SOURCE,
    "aws:useragent": Fact.USER_AGENT,
    "entrepot:acl": Fact.ACL,
    "entrepot:content-length": Fact.CONTENT_LENGTH,
    "entrepot:content-type": Fact.CONTENT_TYPE,
    "oss:delimiter": Fact.DELIMITER,
    "oss:maxkeys": Fact.MAX_KEYS,
    "oss:prefix": Fact.PREFIX,
    "oss:x-oss-acl": Fact.ACL,
    "oss:x-oss-object-acl": Fact.ACL,
    "s3:delimiter": Fact.DELIMITER,
    "s3:max-keys": Fact.MAX_KEYS,
    "s3:prefix": Fact.PREFIX,
    "s3:x-amz-acl": Fact.ACL,
    "s3:x-amz-server-side-encryption": Fact.ENCRYPTION,
    "s3:x-amz-server-side-encryption-customer-algorithm": Fact.CLIENT_ENCRYPTION,
    "tos:delimiter": Fact.DELIMITER,
    "tos:max-keys": Fact.MAX_KEYS,
    "tos:prefix": Fact.PREFIX,
    "tos:x-tos-acl": Fact.ACL,
    "volc:currenttime": Fact.TIME,
    "volc:securetransport": Fact.SECURE,
    "volc:sourceip": Fact.SOURCE,
}

RAM: Final = Language(
    operators=_OPERATORS,
    keys=_KEYS,
    if_exist="IfExists",
    of_all="ForAllValues:",
    of_any="ForAnyValue:",
    negated_missing=False,
    acl_names={
        "bucket-owner-full-control": "private",
        "bucket-owner-read": "private",
        "bucket-owner-entrusted": "private",
    },
)
"""Version 1."""

IAM_OF_OLD: Final = changed(RAM, negated_missing=True)
"""Version 2008-10-17: what a request does not have is not what a negated operator names, as AWS documents. It has no
variables: there ``${aws:username}`` is text."""

IAM: Final = changed(IAM_OF_OLD, variables={"aws:username": USER_NAME, "aws:userid": USER_ID})
"""Version 2012-10-17."""
