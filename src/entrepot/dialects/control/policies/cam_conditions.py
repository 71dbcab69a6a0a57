"""How Tencent's CAM spells conditions. Data only. Source: wire facts of Tencent §5."""

from __future__ import annotations

from typing import Final

from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Operator
from entrepot.dialects.control.policies.conditions import Family, Language, Spelling


def _row(family: Family, operator: Operator, *, negated: bool = False) -> Spelling:
    return Spelling(family=family, operator=operator, negated=negated)


LANGUAGE: Final = Language(
    operators={
        "string_equal": _row(Family.TEXT, Operator.EQUAL),
        "string_not_equal": _row(Family.TEXT, Operator.EQUAL, negated=True),
        "string_equal_ignore_case": _row(Family.TEXT, Operator.EQUAL_IGNORE_CASE),
        "string_not_equal_ignore_case": _row(Family.TEXT, Operator.EQUAL_IGNORE_CASE, negated=True),
        "string_like": _row(Family.TEXT, Operator.LIKE),
        "string_not_like": _row(Family.TEXT, Operator.LIKE, negated=True),
        "numeric_equal": _row(Family.NUMBER, Operator.NUMBER_EQUAL),
        "numeric_not_equal": _row(Family.NUMBER, Operator.NUMBER_EQUAL, negated=True),
        "numeric_greater_than": _row(Family.NUMBER, Operator.GREATER),
        "numeric_greater_than_equal": _row(Family.NUMBER, Operator.GREATER_EQUAL),
        "numeric_less_than": _row(Family.NUMBER, Operator.LESS),
        "numeric_less_than_equal": _row(Family.NUMBER, Operator.LESS_EQUAL),
        "date_equal": _row(Family.DATE, Operator.NUMBER_EQUAL),
        "date_not_equal": _row(Family.DATE, Operator.NUMBER_EQUAL, negated=True),
        "date_greater_than": _row(Family.DATE, Operator.GREATER),
        "date_greater_than_equal": _row(Family.DATE, Operator.GREATER_EQUAL),
        "date_less_than": _row(Family.DATE, Operator.LESS),
        "date_less_than_equal": _row(Family.DATE, Operator.LESS_EQUAL),
        "ip_equal": _row(Family.NETWORK, Operator.NETWORK),
        "ip_not_equal": _row(Family.NETWORK, Operator.NETWORK, negated=True),
        "bool_equal": _row(Family.BOOL, Operator.BOOL),
        "null_equal": _row(Family.NULL, Operator.NULL),
    },
    keys={
        "qcs:ip": Fact.SOURCE,
        "qcs:current_time": Fact.TIME,
        "cos:content-length": Fact.CONTENT_LENGTH,
        "cos:content-type": Fact.CONTENT_TYPE,
        "cos:secure-transport": Fact.SECURE,
        "cos:prefix": Fact.PREFIX,
        "cos:delimiter": Fact.DELIMITER,
        "cos:max-keys": Fact.MAX_KEYS,
        "cos:x-cos-acl": Fact.ACL,
        "cos:referer": Fact.REFERER,
        "cos:user-agent": Fact.USER_AGENT,
    },
    if_exist="_if_exist",
    of_all="for_all_value:",
    of_any="for_any_value:",
    negated_missing=False,
)
