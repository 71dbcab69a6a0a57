"""The policy language that Alibaba's RAM, AWS's IAM and Volcengine's IAM share, as a grant.

    parse(text, account) -> Grant                   all statements: deny over allow over nothing
    statements(text, account) -> list[Statement]    the same, each by itself

Anything that is not understood is refused: Fault PARAMETER_INVALID, reason ``policy-format``, ``policy-size`` or
``policy-foreign``, with the place as a JSON path in the message and as the fact ``place``. Listings are rights on the
bucket (``acs:oss:*:*:bucket``), objects are named below it (``bucket/*``). Pure. Source: wire facts of Alibaba §4.7;
AWS "IAM JSON policy elements reference"; Volcengine's "Common IAM policies".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import Grant, Right, Scope
from entrepot.core.rights.identity import Account
from entrepot.core.value import changed
from entrepot.dialects.control.policies.conditions import Language, compiled, filled_in, spelled
from entrepot.dialects.control.policies.ram_actions import APIS, STORAGE, UNSERVED
from entrepot.dialects.control.policies.ram_conditions import IAM, IAM_OF_OLD, RAM
from entrepot.dialects.control.policies.statements import (
    BUCKET_RIGHTS,
    FOREIGN,
    OBJECT_RIGHTS,
    POLICY_MAX_BYTES,
    STORAGE_RIGHTS,
    Actions,
    Node,
    Statement,
    Target,
    elsewhere,
    foreign,
    grant_of,
    load,
    matches_nothing,
    nearest,
    noted,
    rules_of,
    unserved,
)

SERVICES: Final = tuple(sorted({*STORAGE, *APIS}))
VERSIONS: Final = {"1": RAM, "2012-10-17": IAM, "2008-10-17": IAM_OF_OLD}
_MEMBERS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


def parse(text: str, account: Account, *, most_bytes: int = POLICY_MAX_BYTES) -> Grant:
    """The grant of a policy that belongs to ``account``, without a holder; never more than that account has.

    Raises:
        Fault: PARAMETER_INVALID.
    """
    return grant_of(statements(text, account, most_bytes=most_bytes))


def statements(
    text: str, account: Account, *, most_bytes: int = POLICY_MAX_BYTES, of_users: bool = False
) -> list[Statement]:
    """The statements of a policy; one ``of_users`` may have variables, for :func:`entrepot.core.rights.holders.filled`.

    Raises:
        Fault: PARAMETER_INVALID.
    """
    document = load(text, most_bytes)
    members = document.members(("Version", "Id", "Statement"), any_case=False)
    if "Statement" not in members:
        document.refuse("the member Statement is missing")
    version = members.get("Version")  # Volcengine's policies have none
    language = IAM_OF_OLD if version is None else _language(version)
    if not of_users:
        language = changed(language, variables={})
    return [_statement(node, account, language) for node in members["Statement"].items()]


def _language(version: Node) -> Language:
    found = VERSIONS.get(version.value) if isinstance(version.value, str) else None
    if found is None:
        known = " or ".join(f'"{name}"' for name in VERSIONS)
        version.refuse(f"{version.shown} is no version that is understood; it must be {known}")
    return found


def _statement(node: Node, account: Account, language: Language) -> Statement:
    for name, member in node.pairs():
        if name in {"Principal", "NotPrincipal"}:
            member.refuse("the policy cannot contain a principal: whoever holds it is meant")
    members = node.members(_MEMBERS, any_case=False)
    effect = members.get("Effect")
    if effect is None:
        node.refuse("the member Effect is missing")
    if effect.value not in ("Allow", "Deny"):
        effect.refuse(f'{effect.shown} is no effect; it must be "Allow" or "Deny"')
    allow = effect.value == "Allow"
    action, named = _one_of(node, members, "Action", "NotAction")
    actions = [found for item in action.items() for found in _actions(item)]
    resource, inside = _one_of(node, members, "Resource", "NotResource")
    condition = members.get("Condition")
    if named and matches_nothing(actions):
        return Statement(where=node.where, allow=allow, rules=(), notes=noted(actions), actions=tuple(actions))
    targets = [_target(item, account, language) for item in resource.items()]
    meant = actions if named else _all_but(actions)
    about = targets if inside else [_everything("", account)]
    return Statement(
        where=node.where,
        allow=allow,
        notes=noted(actions, targets),
        sid=members["Sid"].text() if "Sid" in members else "",
        rules=rules_of(
            where=node.where, allow=allow, account=account.id, actions=meant, targets=about,
            excepted=None if inside else targets, conditions=compiled(condition, language),
        ),
        actions=tuple(meant), targets=tuple(about), conditions=spelled(condition, language),
    )  # fmt: skip


def _one_of(node: Node, members: dict[str, Node], name: str, negated: str) -> tuple[Node, bool]:
    """The member that is there, and whether it is the one that names what is meant."""
    if name in members and negated in members:
        node.refuse(f"{name} and {negated} are both there; give one of them")
    if name not in members and negated not in members:
        node.refuse(f"the member {name} is missing")
    return (members[name], True) if name in members else (members[negated], False)


# -- actions -----------------------------------------------------------------------------------------------------------


def _actions(node: Node) -> list[Actions]:
    """``oss:PutObject``, with ``*`` for any run and ``?`` for any one character; all of them for ``*``."""
    text = node.text()
    if text in {"*", "*:*"}:
        return [_all_of(service) for service in SERVICES] + [Actions(service="", apis=frozenset({"*"}))]
    service, colon, name = text.partition(":")
    service = service.lower()
    if service not in SERVICES:
        other = elsewhere(node, service, name) if colon else None
        if other is None:
            node.refuse(
                f"{node.shown} is no action; actions look like oss:PutObject, and there are those of"
                f" {', '.join(SERVICES)}"
            )
        return [other]
    if name == "*":
        return [_all_of(service)]
    matches = _matcher(name)
    rights = [given for known, given in STORAGE.get(service, {}).items() if matches(known)]
    apis = [f"{service}:{known}" for known in APIS.get(service, ()) if matches(known)]
    if not apis and not any(rights) and (rights or any(map(matches, UNSERVED.get(service, ())))):
        return [unserved(node, service)]
    if not rights and not apis:
        known = nearest(name, {*STORAGE.get(service, {}), *APIS.get(service, ())})
        node.refuse(f"{node.shown} is an unknown action; {service} has {known}")
    return [
        Actions(service=service, rights=frozenset(right for given in rights for right in given), apis=frozenset(apis))
    ]


def _matcher(name: str) -> Callable[[str], bool]:
    glob = Glob(text=name.lower())
    return lambda known: glob.matches(known.lower())


def _all_of(service: str) -> Actions:
    return Actions(
        service=service,
        rights=STORAGE_RIGHTS if service in STORAGE else frozenset(),
        apis=frozenset({f"{service}:*"}),
    )


def _all_but(actions: list[Actions]) -> list[Actions]:
    """Every action of every service but these. To store an object is one right here, whoever's name it is called by."""
    rights = STORAGE_RIGHTS - frozenset[Right]().union(*(each.rights for each in actions))
    named = [Glob(text=api) for each in actions for api in each.apis]
    found = []
    for service in SERVICES:
        apis = (f"{service}:{name}" for name in APIS.get(service, ()))
        left = frozenset(api for api in apis if not any(glob.matches(api) for glob in named))
        found.append(Actions(service=service, rights=rights if service in STORAGE else frozenset(), apis=left))
    return found


# -- resources ---------------------------------------------------------------------------------------------------------


def _target(node: Node, account: Account, language: Language) -> Target:
    """``acs:oss:region:account:bucket/key``, ``arn:aws:s3:::bucket/key``, ``trn:tos:::bucket/key``, or ``*``."""
    text = filled_in(node, node.text(), language)
    if text == "*":
        return _everything("", account)
    partition, service, owner, name = _parts(node, text)
    service = service.lower()
    if service in {"*", ""} and name == "*":
        return _everything("", account)
    if (partition, service) in {("arn", "oss"), ("arn", "tos"), ("acs", "s3")}:
        node.refuse(f"{node.shown} is of the service {service[:40]!r}, which is not here")
    if service not in SERVICES or (service == "s3" and owner and name.startswith(_S3_OTHERS)):
        return foreign(node, service)
    if owner not in {"", "*", account.user_id, str(account.id)}:
        node.refuse(
            f"{node.shown} belongs to {owner[:60]!r}; it must belong to {account.user_id}, the account that asks",
            FOREIGN,
        )
    if name == "*":
        return _everything(service, account)
    if service not in STORAGE:
        node.refuse(f"{node.shown} is too fine: calls of {service} have no resources of their own; use *")
    return Target(service=service, scopes=_scopes(name, account), everything=False)


_S3_OTHERS = ("accesspoint/", "accesspoint:", "job/", "storage-lens/", "access-grants/", "storage-lens-group/")
"""Begin resources of S3 that are neither buckets nor objects; their ARN has a region or an account."""


def _parts(node: Node, text: str) -> tuple[str, str, str, str]:
    """First segment, service, account and name."""
    partition = text.partition(":")[0]
    before = {"acs": 4, "trn": 4, "arn": 5}.get(partition)
    parts = text.split(":", before or 0)
    if before is None or len(parts) != before + 1:
        node.refuse(
            f"{node.shown} is no resource; it must be * or look like acs:oss:*:*:bucket/key, arn:aws:s3:::bucket/key"
            " or trn:tos:::bucket/key"
        )
    if partition == "arn" and not parts[1].startswith("aws"):
        node.refuse(f"{node.shown} is of the partition {parts[1][:40]!r}; it must be aws")
    return partition, parts[-4] if partition != "arn" else parts[2], parts[-2], parts[-1]


def _everything(service: str, account: Account) -> Target:
    storage = service in {"", *STORAGE}
    scopes = ((STORAGE_RIGHTS, Scope(account=account.id)),) if storage else ()
    return Target(service=service, scopes=scopes, everything=True)


def _scopes(name: str, account: Account) -> tuple[tuple[frozenset[Right], Scope], ...]:
    """What a name means for rights on buckets, and what for rights on objects."""
    bucket, slash, key = name.partition("/")
    if _is_pattern(bucket):
        wide = Scope(account=account.id, name_glob=Glob(text=name))
        if slash:  # no bucket's name has a slash
            return ((OBJECT_RIGHTS, wide),)
        return ((BUCKET_RIGHTS, Scope(account=account.id, bucket_glob=Glob(text=name))), (OBJECT_RIGHTS, wide))
    if not slash:
        return ((BUCKET_RIGHTS, Scope(account=account.id, bucket=bucket)),)
    start = key.removesuffix("*")
    if key == "*":
        return ((OBJECT_RIGHTS, Scope(account=account.id, bucket=bucket)),)
    if not _is_pattern(key):
        return ((OBJECT_RIGHTS, Scope(account=account.id, bucket=bucket, key=key)),)
    if not _is_pattern(start):
        return ((OBJECT_RIGHTS, Scope(account=account.id, bucket=bucket, prefix=start)),)
    return ((OBJECT_RIGHTS, Scope(account=account.id, bucket=bucket, key_glob=Glob(text=key))),)


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text
