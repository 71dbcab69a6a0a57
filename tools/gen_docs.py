"""Generates the tables in ``docs/`` from the code: settings, policies, admin API, doctor, and a page for each dialect.

And the manual page. ``make docs`` writes them; ``python tools/gen_docs.py --check`` and ``tests/arch`` fail when they
are not what the code says. Knows how to read tables and settings; must not add facts of its own but ``MEANINGS``, the
sentences for settings whose code states none.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from entrepot.admin.api.dev_table import DEV_ENDPOINTS, DEV_SCHEMAS
from entrepot.admin.api.table import BASE as ADMIN_BASE
from entrepot.admin.api.table import ENDPOINTS as ADMIN_ENDPOINTS
from entrepot.admin.api.table import SCHEMAS as ADMIN_SCHEMAS
from entrepot.admin.api.table import Endpoint
from entrepot.admin.api.table import Field as AdminField
from entrepot.cli.manual import page as manual
from entrepot.config import Settings
from entrepot.core import operations as ops
from entrepot.core.rights.grant import Right
from entrepot.core.rules.users import POLICIES_MAX
from entrepot.dialects import cos_xml, oss, s3, tos
from entrepot.dialects.control.policies import cam_actions, ram_actions
from entrepot.dialects.control.policies.cam_conditions import LANGUAGE as CAM
from entrepot.dialects.control.policies.conditions import Language
from entrepot.dialects.control.policies.ram_conditions import RAM
from entrepot.dialects.control.policies.readings import FACTS, INTRODUCTION
from entrepot.dialects.control.policies.readings import READINGS as POLICY_READINGS
from entrepot.dialects.control.policies.statements import POLICY_MAX_BYTES
from entrepot.dialects.control.settings import LIMITED
from entrepot.dialects.cos_json.auth import _ONCE
from entrepot.dialects.cos_json.decode import OPERATIONS, WITH_CONTENT
from entrepot.dialects.cos_json.download_names import NAMES, PREFIXES
from entrepot.dialects.cos_json.faults import ROWS
from entrepot.dialects.cos_json.known import CUSTOM_HEADERS, HEADER_PREFIXES, HEADERS, META
from entrepot.dialects.cos_json.readings import OTHER_CODES, READINGS
from entrepot.dialects.cos_xml.readings import GUIDE as COS_XML_GUIDE
from entrepot.dialects.oss.readings import GUIDE as OSS_GUIDE
from entrepot.dialects.s3.readings import GUIDE as S3_GUIDE
from entrepot.dialects.s3like.family import completed
from entrepot.dialects.s3like.flavour import Flavour
from entrepot.dialects.s3like.flavour.route import COPY, FORM, PART
from entrepot.dialects.s3like.guide.readings import READINGS as FAMILY_READINGS
from entrepot.dialects.s3like.guide.readings import Guide, Topic
from entrepot.dialects.s3like.guide.readings import Reading as FamilyReading
from entrepot.dialects.s3like.guide.refusals import WHEN
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.dialects.tos.readings import GUIDE as TOS_GUIDE

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # it is run by its path

from tools.control_pages import PAGES as CONTROL
from tools.control_pages import control_page
from tools.doctor_page import doctor_page
from tools.family_requests import defaults_section, is_default, requests_section
from tools.markdown import GENERATED, code, table
from tools.refusals_page import refusals_page

DOCS = Path(__file__).resolve().parents[1] / "docs"

MEANINGS = {
    "keep_alive_seconds": "how long an idle connection stays open",
    "limits.header_bytes": "longest request header",
    "limits.header_count": "most header fields of a request",
    "limits.header_seconds": "how long a request header may take to arrive",
    "limits.body_idle_seconds": "how long a client may neither send nor take bytes in the middle of a body",
    "limits.request_seconds": "how long one request may take in all",
    "limits.unverified_bytes": "what a process holds of bodies that are read before anybody is verified: large calls,"
    " and fields of forms; who waits longer than 5 seconds for a part of it is told to try again",
    "limits.unverified_seconds": "how long such a body may take to arrive",
    "sweep.every_seconds": "how often a running server removes what nothing points to",
    "mint.requests_per_second": "how often one account may call one API; a call more is refused as the cloud refuses",
    "mint.vms_bucket": "where voice files of vms are kept",
    "mint.vms_seconds": "how long an upload address of vms GetResourceUploadUrl lasts",
    "mint.hbr_bucket": "where temporary files of hbr are kept",
    "mint.hbr_seconds": "how long a form of hbr CreateTempFileUploadUrl lasts",
    "mint.hbr_keep_seconds": "how long temporary files of hbr are kept",
    "mint.ms_bucket": "where files of ms are kept",
    "cos_json.clock_skew_seconds": "how far in the future a signature may have been made",
    "cos_json.region": "the short region name in addresses under myqcloud.com when the request's host says none",
    "cos_json.simple_max_bytes": "largest file of op=upload, and largest slice content before its own limit",
    "cos_json.slice_min_bytes": "smallest slice_size",
    "cos_json.slice_max_bytes": "largest slice_size",
    "cos_json.file_max_bytes": "largest filesize of a sliced upload",
    "cos_json.url_max_bytes": "longest path in a URL, decoded",
}

_LIMITS = {
    "max_bytes": "longest body that a right of {} may store; 0: the cloud's own limit",
    "uses": "how often a right of {} may be used; 0: as often as the cloud allows",
    "content_types": "the types that a right of {} may store, such as `image/*`; none: any",
    "networks": "the addresses and networks from which a right of {} may be used; none: any",
}
MEANINGS |= {f"mint.{name}_{limit}": text.format(name) for name in LIMITED for limit, text in _LIMITS.items()}

UNITS = {"_seconds": "seconds", "_bytes": "bytes", "_count": "number"}

# What an op becomes, for those that a setting may restrict to once-only signatures.
_BECOMES: dict[str, tuple[type, ...]] = {
    "delete": (ops.DeleteObject, ops.RemoveDirectory),
    "update": (ops.UpdateObject,),
    "move": (ops.CopyObject,),
    "copy": (ops.CopyObject,),
}

FAMILY: Mapping[str, tuple[Flavour, Guide]] = {
    "cos_xml": (cos_xml.flavour(StorageSettings()), COS_XML_GUIDE),
    "oss": (oss.flavour(StorageSettings()), OSS_GUIDE),
    "s3": (s3.flavour(StorageSettings()), S3_GUIDE),
    "tos": (tos.flavour(StorageSettings()), TOS_GUIDE),
}
"""The S3-like dialects with what the documents say of them."""

_SETTINGS_LAW = """\
The command line wins over the environment, the environment over the settings file, the file over the defaults. The file
is `entrepot.toml` in the working directory, or the one named by `--config`; a nested group is a table in it. An unknown
name in it is refused. `entrepot config` prints what is in effect, secrets masked.

A secret (`master_key`, `next_master_key`, `admin_key`, `index_password`, `blobs_key_id`, `blobs_secret`) may be in a
file that a variable names: `ENTREPOT_MASTER_KEY_FILE=/run/secrets/master_key`. The file has it in one line; the
variable of the same secret must not be set beside it."""

_ADDRESSES = """\
`/files/v2/<appid>/<bucket>[/<path>]` on any host. Downloads: `/<bucket>-<appid>/<path>` on any host,
`<bucket>-<appid>.<anything>/<path>`, or a custom domain of the bucket; the API path without `op` is a download too.
Parameters may stand in a JSON body, a multipart form or the query string."""

_KNOWN = """\
What an operation does not know is refused before anything changes, wherever it stands: in the query, the JSON body, the
form. So is a name that is said twice, a value of another type, and what has no effect on the very request. A parameter
of a POST may stand in its JSON body (`application/json`), its form or its query; of a GET in its query only; content is
a part of a form. Names count by case, but for `filecontent`. `sign` in the query is the signature."""

_REPLY = """\
The reply is `{code, message, detail, request_id}`; `message` is the symbol. On a download host the HTTP status counts
and the body is `{errorcode, errormsg, retcode, request_id}`."""

_PROVENANCE = """\
Where the seed (the API document), its samples and real clients disagree or are silent. Provenance: `seed` the document,
`sdk` observed with a real client, `document` another document or a report of what the cloud did, `assumed` no
evidence."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, ready to be printed. ``name`` is dotted, as in ``entrepot.toml``."""

    name: str
    default: str
    values: str
    unit: str
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "ENTREPOT_" + self.name.upper().replace(".", "__")


def groups() -> dict[str, type]:
    """The nested groups of settings, by name."""
    return {
        name: kind
        for name, kind in get_type_hints(Settings).items()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
    }


def settings() -> Iterator[Setting]:
    """Every setting, the nested groups' after the others."""
    nested = groups()
    hints = get_type_hints(Settings, include_extras=True)
    for field in dataclasses.fields(Settings):
        name, kind = field.name, hints[field.name]
        if name not in nested:
            bounds = getattr(kind, "__metadata__", ())
            meaning = field.metadata["description"] or MEANINGS.get(name, "")
            yield _setting(name, field.default, kind.__origin__ if bounds else kind, meaning, bounds)
    for group, kind in nested.items():
        hints = get_type_hints(kind)
        said = {**_sentences(kind), **_attribute_docs(kind)}
        for part in dataclasses.fields(kind):
            name = f"{group}.{part.name}"
            yield _setting(name, part.default, hints[part.name], said.get(part.name) or MEANINGS.get(name, ""), [])


def _setting(name: str, default: Any, kind: Any, meaning: str, bounds: Sequence[msgspec.Meta]) -> Setting:
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
    return Setting(name=name, default=_shown(default), values=_values(kind, bounds), unit=unit, meaning=meaning)


def _shown(default: Any) -> str:
    if default is None or default == ():
        return "none"
    if isinstance(default, tuple):
        return code(",".join(map(str, default)))
    if isinstance(default, bool):
        return code(str(default).lower())
    return code(str(int(default) if isinstance(default, float) and default.is_integer() else default))


def _values(kind: Any, bounds: Sequence[msgspec.Meta]) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(code(value) for value in get_args(kind))
    kinds = [part for part in get_args(kind) or (kind,) if part is not NoneType]
    if get_origin(kind) is tuple:
        return "list of numbers" if int in get_args(kind) else "list of texts"
    words = {bool: "true or false", int: "whole number", float: "number", Path: "path"}
    span = "".join(f"{bound.ge} to {bound.le}" if bound.le is not None else f"from {bound.ge}" for bound in bounds)
    return ", ".join(filter(None, (words.get(kinds[0], "text"), span)))


def _sentences(kind: type) -> dict[str, str]:
    """What a class docstring says of its fields, in sentences that begin with their names."""
    text = " ".join((inspect.getdoc(kind) or "").split())
    names = {field.name for field in dataclasses.fields(kind)}
    found: dict[str, str] = {}
    for part in re.split(r"(?<=\.) (?=``)|; (?=``)|, and (?=``)", text[text.find("``") :] if "``" in text else ""):
        match = re.match(r"``(\w+)``(?::| is) (.+)", part)
        if match is not None and match.group(1) in names:
            found[match.group(1)] = match.group(2).rstrip(".;").replace("``", "`")
        elif found:
            last = list(found)[-1]
            found[last] += "; " + part.rstrip(".;").replace("``", "`")
    return found


def _attribute_docs(kind: type) -> dict[str, str]:
    """The strings below fields."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    found: dict[str, str] = {}
    if not isinstance(body, ast.ClassDef):
        return found
    for before, node in zip(body.body, body.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(node, ast.Expr):
            text = " ".join(ast.literal_eval(node.value).split()).rstrip(".").replace("``", "`")
            found[before.target.id] = text[:1].lower() + text[1:]
    return found


def settings_page() -> str:
    """``docs/settings.md``."""
    heads = ("setting", "environment variable", "default", "values", "unit", "meaning")
    everything = list(settings())
    nested = groups()

    def rows(chosen: Iterable[Setting]) -> str:
        return table(heads, ((code(s.name), code(s.variable), s.default, s.values, s.unit, s.meaning) for s in chosen))

    parts = [
        GENERATED,
        "# Settings",
        _SETTINGS_LAW,
        '```toml\nport = 9400\n\n[cos_json]\nonce_required = "never"\n```',
        "## General",
        rows(setting for setting in everything if "." not in setting.name),
    ]
    for group, kind in nested.items():
        law = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        chosen = [setting for setting in everything if setting.name.startswith(group + ".")]
        parts += [f"## {group}", law.replace("``", "`"), rows(chosen)]
    return "\n\n".join(parts) + "\n"


def _once(name: str) -> str:
    needed = [code(mode) for mode, kinds in _ONCE.items() if any(kind in kinds for kind in _BECOMES.get(name, ()))]
    return ", ".join(needed)


def cos_json_page() -> str:
    """``docs/dialects/cos_json.md``."""
    operations = (
        (code(name), ", ".join(entry.methods), _once(name), entry.about) for name, entry in OPERATIONS.items()
    )
    emitted = [(str(row.code), code(row.symbol), str(row.status), row.when) for row in ROWS if row.when]
    reserved = [(str(row.code), code(row.symbol), row.reserved) for row in ROWS if row.reserved]
    others = ((row.table, str(row.code), row.when or "-", row.reserved) for row in OTHER_CODES)
    parts = [
        GENERATED,
        "# Tencent COS JSON API (files/v2)",
        _ADDRESSES,
        "## Operations",
        "Once-only under: the values of `cos_json.once_required` with which the operation needs a once-only signature.",
        table(("op", "methods", "once-only under", "does"), operations),
        *_cos_json_known(),
        "## Errors that are answered",
        f"{len(emitted)} codes. {_REPLY}",
        table(("code", "message", "HTTP status", "when"), emitted),
        "## Errors that are reserved",
        f"{len(reserved)} codes of the seed (or seen in the wild) that this server never answers, and why.",
        table(("code", "message", "why"), reserved),
        "## The seed's other tables",
        "`sdk`: codes of client libraries; `download`: status of a download; `http`: status of the API.",
        table(("table", "code", "when", "reserved because"), others),
        "## Readings",
        _PROVENANCE,
        *_readings(),
    ]
    return "\n\n".join(parts) + "\n"


def _cos_json_known() -> Iterator[str]:
    yield "## What each operation knows"
    yield _KNOWN
    entries = [*OPERATIONS.items(), *((f"{name}, with content", entry) for name, entry in WITH_CONTENT.items())]
    rows = (
        (code(op) if not number else "", code(each.name), each.kind, each.does, each.ignored)
        for op, entry in entries
        for number, each in enumerate(each for each in entry.known.values() if each.name != "op")
    )
    yield table(("op", "parameter", "type", "what it does", "ignored because"), rows)
    bare = [code(op) for op, entry in entries if len(entry.known) == 1]
    yield f"Nothing but `op`: {', '.join(bare)}."
    kept = ", ".join(map(code, CUSTOM_HEADERS.values()))
    yield f"Members of `custom_headers`, kept, given back by `stat` and sent with downloads: {kept} and `{META}*`."
    yield "### Headers that are refused on a POST"
    below = ", ".join(code(prefix + "*") for prefix in HEADER_PREFIXES)
    yield table(
        ("header", "because"),
        [
            (below, "of the cloud's other APIs; none of this one's SDKs sends one"),
            *((code(n), w) for n, w in HEADERS.items()),
        ],
    )
    yield "### Query names that a download refuses"
    yield "`sign` and `cmd=txt_preview` are read, other names ignored. Refused are the parameters of the API, and:"
    yield (
        ", ".join(code(prefix.decode() + "*") for prefix in PREFIXES)
        + ", "
        + ", ".join(code(name.decode()) for name in sorted(NAMES))
    )


def _readings() -> Iterator[str]:
    heads = ("question", "the seed", "clients", "here", "setting", "provenance")
    for topic in dict.fromkeys(reading.topic for reading in READINGS):
        chosen = [reading for reading in READINGS if reading.topic == topic]
        yield f"### {topic.capitalize()}"
        yield table(heads, ((r.question, r.seed, r.clients, r.here, code(r.setting), r.provenance) for r in chosen))


_FAMILY_ADDRESSES = """\
The cloud's own hosts, reached by name or through `http_proxy`: {hosts}. Any other name or address of this server too,
with the bucket in the host (`<bucket>.localhost`, below `domains`, a domain of the bucket) or in the path. Bucket
names are bare (the signer's) or `<name>-<appid>`."""

_FAMILY_FAULTS = """\
Replies carry the status and the code; the message is the cloud's own sentence where one is known (then what was wrong
is in `Detail`), else what was wrong. Source: `document` the cloud's documents name the code with this status, `SDK` its
SDKs or their tests do, `observed` a quoted reply of the cloud, `assumed` no evidence, the nearest thing."""

_FAMILY_READINGS = """\
Where the cloud's documents and clients are silent or disagree, or where this server differs on purpose; the first
tables are this dialect's own, then come those of all S3-like dialects. The source is that of what is done here."""

_LEVELS = ("service", "bucket", "object")
_MARKS = {
    PART: "with `partNumber` and `uploadId`",
    COPY: "with the header `{prefix}copy-source`",
    PART + COPY: "with `partNumber`, `uploadId` and the header `{prefix}copy-source`",
    FORM: "with a multipart form",
    "": "",
}


def _no_clock() -> float:
    return 0.0


def _marked(flavour: Flavour, sub: str) -> str:
    return _MARKS[sub].format(prefix=flavour.prefix) if sub in _MARKS else f"`?{sub}`"


def _limits(flavour: Flavour) -> Iterator[tuple[str, str]]:
    storage, objects = StorageSettings(), flavour.objects
    yield "one upload, one part, one copy", f"{storage.object_max_bytes:,} bytes (settings `storage.*`)"
    yield "smallest part but the last", f"{flavour.uploads.part_min_bytes:,} bytes"
    yield "parts of an upload", "10,000"
    yield "page of a listing", f"{flavour.listings.page_default:,} when none is named; up to 1,000"
    yield "storage classes", ", ".join(map(code, [objects.standard_class, *sorted(objects.storage_classes)]))
    digests = ["MD5", *(["CRC64"] if objects.crc64 else []), *sorted(objects.checksums)]
    yield "digests that are checked and given back", ", ".join(digests)


def _missing(flavour: Flavour) -> str:
    asked = flavour.operations
    parameters = ", ".join(
        code(f"?{name}") for name in sorted(asked.unsupported, key=lambda name: (name.lower(), name))
    )
    headers = ", ".join(code(f"{name}*" if name.endswith("-") else name) for name in sorted(asked.refused_headers))
    return (
        "Refused as not implemented, never ignored:\n\n"
        f"- parameters: {parameters}; and those of the operations above, on what they do not go with\n"
        f"- headers: {headers}"
    )


def _faults(flavour: Flavour) -> Iterator[tuple[str, ...]]:
    places = {key: number for number, key in enumerate(WHEN)}
    for key in sorted(flavour.faults, key=places.__getitem__):
        row = flavour.faults[key]
        yield str(row.status), code(row.code), code(row.extra), WHEN[key], row.message, row.source or ""


def family_page(name: str) -> str:
    """``docs/dialects/<name>.md`` of an S3-like dialect."""
    flavour, guide = FAMILY[name]
    operations = completed(flavour.operations, _no_clock)
    found = sorted(
        (each for each in operations.routes.items() if not is_default(operations.defaults, each[0][0], each[0][2])),
        key=lambda each: _LEVELS.index(each[0][0]),
    )
    routes = ((level, method, _marked(flavour, sub), route.about) for (level, method, sub), route in found)
    signatures = ((code(each.scheme), each.where, each.lasts) for each in guide.signatures)
    faults = list(_faults(flavour))
    heads = ("status", "code", "finer code", "when", "message", "source")
    if not any(row[2] for row in faults):
        heads, faults = (*heads[:2], *heads[3:]), [(*row[:2], *row[3:]) for row in faults]
    parts = [
        GENERATED,
        f"# {guide.title}",
        _FAMILY_ADDRESSES.format(hosts=guide.hosts),
        "## Operations",
        table(("on", "method", "", "does"), routes),
        "A browser's preflight (`OPTIONS`) is answered by the bucket's CORS rules.",
        *requests_section(flavour, operations, lambda sub: _marked(flavour, sub)),
        *defaults_section(operations.defaults),
        "## Signatures",
        "One to a request, whichever cloud's; session tokens with all of them.",
        table(("scheme", "where", "counts"), signatures),
        "## Limits",
        table(("what", "here"), _limits(flavour)),
        "## Not implemented",
        _missing(flavour),
        "## Errors",
        _FAMILY_FAULTS,
        table(heads, faults),
        "## Readings",
        _FAMILY_READINGS,
        *_family_readings("Its own", guide.readings),
        *_family_readings("Of the family", FAMILY_READINGS),
    ]
    return "\n\n".join(parts) + "\n"


def _family_readings(title: str, readings: Sequence[FamilyReading]) -> Iterator[str]:
    heads = ("about", "question", "clouds", "here", "setting", "source")
    order = get_args(Topic)
    chosen = sorted(readings, key=lambda reading: order.index(reading.topic))
    yield f"### {title}"
    yield table(heads, ((r.topic, r.question, r.clouds, r.here, code(r.setting), r.source) for r in chosen))


def _action_rows(services: Mapping[str, Mapping[str, Iterable[Right]]]) -> Iterator[tuple[str, str]]:
    for service, actions in services.items():
        for action, rights in actions.items():
            yield code(f"{service}:{action}"), ", ".join(code(right.value) for right in rights) or "nothing here"


def _language(
    title: str, actions: Iterable[tuple[str, str]], calls: Mapping[str, Iterable[str]], language: Language
) -> str:
    """What one policy language has: actions, calls, operators, keys."""
    named = (code(f"{service}:{call}") for service, names in calls.items() for call in names)
    operators = ", ".join(code(name) for name in language.operators)
    before = f"`{language.of_all}` or `{language.of_any}` before it"
    ends = f"each but the last with `{language.if_exist}` at the end, or {before}"
    keys = ((code(key), FACTS[fact]) for key, fact in sorted(language.keys.items()))
    parts = (
        f"## {title}",
        table(("action", "the rights that it is"), actions),
        f"Calls of APIs: {', '.join(named)}.",
        f"Operators: {operators}; {ends}.",
        table(("key", "what it is"), keys),
    )
    return "\n\n".join(parts)


def policies_page() -> str:
    """What is understood of policies."""
    readings = ((r.question, r.clouds, r.here, r.source) for r in POLICY_READINGS)
    both = "Alibaba RAM, version 1; AWS IAM and Volcengine IAM, version 2012-10-17"
    parts = (
        GENERATED,
        "# Policies",
        *INTRODUCTION,
        f"A policy has at most {POLICY_MAX_BYTES} bytes, a user at most {POLICIES_MAX} policies.",
        _language("Tencent CAM, version 2.0", _action_rows(cam_actions.STORAGE), cam_actions.APIS, CAM),
        _language(both, _action_rows(ram_actions.STORAGE), ram_actions.APIS, RAM),
        "## Readings",
        table(("question", "clouds", "here", "source"), readings),
    )
    return "\n\n".join(parts) + "\n"


_ADMIN = """\
The ledger of minted rights, minting, and the audit log over HTTP, for operators. Off unless the setting `admin_key` is
set (in dev mode it is `entrepot-dev-admin`); every request shows that key as `Authorization: Bearer <admin_key>`.
`GET /-/api/openapi.json` is the OpenAPI 3 document of what is on this page, to make clients from; it needs no key.

Queries and JSON bodies take the parameters below and no others. A refusal is
`{"error": {"kind", "message", "request_id"}}` with a status of 400 (wrong parameter), 401 (no or another admin key),
403 (the key in whose name is minted may not), 404, 405, 409 (revoked before), 413 (a body above 1 MiB), 429, 503 or 507
(the disk fails). What is minted or revoked here has its line in the audit log before the answer is sent.

```sh
curl -H "Authorization: Bearer $KEY" http://127.0.0.1:9400/-/api/v1/grants?api=vms
curl -H "Authorization: Bearer $KEY" http://127.0.0.1:9400/-/api/v1/mint/url \\
    -d '{"bucket": "demo", "key": "report.pdf", "uses": 1, "max_bytes": 1000000, "expires": "2h"}'
curl -H "Authorization: Bearer $KEY" -X DELETE http://127.0.0.1:9400/-/api/v1/grants/$ID
```"""


_ADMIN_DEV = """\
Under `entrepot serve --dev` only: elsewhere these paths do not exist, and the served document does not have them."""


def admin_page() -> str:
    """``docs/admin-api.md``."""
    parts = [GENERATED, "# Admin API", _ADMIN, "## Endpoints", _endpoints_table(ADMIN_ENDPOINTS)]
    parts += ["## Endpoints in dev mode", _ADMIN_DEV, _endpoints_table(DEV_ENDPOINTS), "## Parameters"]
    for endpoint in (*ADMIN_ENDPOINTS, *DEV_ENDPOINTS):
        fields = (*endpoint.query, *(endpoint.body or ()))
        if fields:
            parts += [f"### {endpoint.method} {endpoint.path}", table(_FIELD_HEADS, map(_field_row, fields))]
    parts.append("## Answers")
    for name, schema in {**ADMIN_SCHEMAS, **DEV_SCHEMAS}.items():
        parts += [f"### {name}", schema["description"]]
        members = ((code(member), _member_kind(kind)) for member, kind in schema.get("properties", {}).items())
        parts += [table(("member", "type"), members)] if schema.get("properties") else []
    return "\n\n".join(parts) + "\n"


def _endpoints_table(endpoints: Sequence[Endpoint]) -> str:
    heads = ("endpoint", "does", "answers", "status")
    rows = (
        (
            code(f"{one.method} {ADMIN_BASE}{one.path}"),
            one.about,
            f"[{one.reply}](#{one.reply.lower()})",
            str(one.status),
        )
        for one in endpoints
    )
    return table(heads, rows)


_FIELD_HEADS = ("parameter", "type", "needed", "meaning")


def _field_row(field: AdminField) -> tuple[str, str, str, str]:
    kind = "list of texts" if field.kind == "strings" else field.kind
    values = " or ".join(code(choice) for choice in field.choices)
    bounds = ", ".join(
        filter(None, (f"from {field.least}" if field.least else "", f"to {field.most}" * bool(field.most)))
    )
    return code(field.name), ", ".join(filter(None, (kind, values, bounds))), "yes" * field.needed, field.about


def _member_kind(schema: Mapping[str, Any]) -> str:
    reference = schema.get("$ref") or next((one["$ref"] for one in schema.get("allOf", ())), None)
    if reference is not None:
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name.lower()})" + " or null" * bool(schema.get("nullable"))
    if schema["type"] == "array":
        return f"list of {_member_kind(schema['items'])}"
    words = schema.get("format") or " or ".join(code(value) for value in schema.get("enum", ())) or schema["type"]
    return str(words) + " or null" * bool(schema.get("nullable"))


def pages() -> dict[Path, str]:
    """Every generated page and where it belongs."""
    dialects = {
        "cos_json": cos_json_page(),
        **{name: family_page(name) for name in FAMILY},
        **{name: control_page(name) for name in CONTROL},
    }
    return {
        **{DOCS / "dialects" / f"{name}.md": text for name, text in dialects.items()},
        DOCS / "admin-api.md": admin_page(),
        DOCS / "doctor.md": doctor_page(),
        DOCS / "policies.md": policies_page(),
        DOCS.parent / "packaging" / "share" / "man" / "man1" / "entrepot.1": f"{manual()}\n",
        DOCS / "refused.md": refusals_page(),
        DOCS / "settings.md": settings_page(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with ``--check`` only say which ones are out of date (exit status 1)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args(arguments).check
    stale = 0
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        sys.stdout.write(f"{'out of date' if check else 'written'}: {path.relative_to(DOCS.parent)}\n")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
