"""The pages of the minting APIs, ``docs/dialects/{aliyun,aws_sts,tencent,volcengine}.md``, from their tables.

Must not add facts of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from entrepot.core.fault import Kind
from entrepot.dialects.aliyun import faults as aliyun
from entrepot.dialects.aliyun.readings import GUIDE as ALIYUN
from entrepot.dialects.aws_sts import faults as aws_sts
from entrepot.dialects.aws_sts.readings import GUIDE as AWS_STS
from entrepot.dialects.control.guide import READINGS, Guide, Reading, Topic
from entrepot.dialects.control.refusals import OF_EVERY_CALL, WHEN
from entrepot.dialects.tencent import faults as tencent
from entrepot.dialects.tencent.readings import GUIDE as TENCENT
from entrepot.dialects.volcengine import faults as volcengine
from entrepot.dialects.volcengine.readings import GUIDE as VOLCENGINE
from tools.markdown import GENERATED, code, table

Faults = Mapping[tuple[Kind, str | None], Any]

PAGES: Mapping[str, tuple[Guide, Faults]] = {
    "aliyun": (ALIYUN, aliyun.FAULTS),
    "aws_sts": (AWS_STS, aws_sts.FAULTS),
    "tencent": (TENCENT, tencent.FAULTS),
    "volcengine": (VOLCENGINE, volcengine.FAULTS),
}
_COLUMNS = ("status", "number", "code")

_SOURCES = """\
Source: `seed` the API's document, `document` another of the cloud's, `SDK` its SDKs or their tests, `observed` a quoted
reply of the cloud, `assumed` no evidence, the nearest thing."""

_READINGS = """\
Where the cloud's documents and clients are silent or disagree, or where this server differs on purpose; the first table
is this API's own, then come those of all minting APIs. The source is that of what is done here."""

_BRACES = "A name in braces is a fact of the refusal."


def _shown(faults: Faults, guide: Guide) -> list[tuple[Kind, str | None]]:
    """The keys of rows that a call can be refused with, in the order of the documents."""
    kinds = OF_EVERY_CALL | guide.also
    return [key for key in WHEN if key in faults and (key[1] is not None or key[0] in kinds)]


def _cells(row: Any, columns: Sequence[str]) -> list[str]:
    return [code(row.code) if name == "code" else str(getattr(row, name)) for name in columns]


def _errors(faults: Faults, guide: Guide) -> Iterator[str]:
    shown = _shown(faults, guide)
    columns = [name for name in _COLUMNS if hasattr(faults[shown[0]], name)]
    rows = ((*_cells(faults[key], columns), WHEN[key], faults[key].message, faults[key].source) for key in shown)
    yield table((*columns, "when", "message", "source"), rows)
    others = sorted({" ".join(_cells(row, columns)) for key, row in faults.items() if key not in shown})
    yield f"What only requests of storage are refused for has a row too, which is not met: {', '.join(others)}."


def _product_errors() -> Iterator[str]:
    for product, faults in tencent.OF_PRODUCTS.items():
        yield f"{product} has codes of its own in their place:"
        rows = ((code(row.code), WHEN[key], row.message, row.source) for key, row in faults.items())
        yield table(("code", "when", "message", "source"), rows)


def _readings(title: str, readings: Sequence[Reading]) -> Iterator[str]:
    order = get_args(Topic)
    chosen = sorted(readings, key=lambda reading: order.index(reading.topic))
    rows = ((r.topic, r.question, r.cloud, r.here, ", ".join(map(code, filter(None, r.setting.split(", ")))), r.source)
            for r in chosen)  # fmt: skip
    yield f"### {title}"
    yield table(("about", "question", "cloud", "here", "setting", "source"), rows)


def control_page(name: str) -> str:
    """``docs/dialects/<name>.md`` of a minting API."""
    guide, faults = PAGES[name]
    actions = ((code(a.name), a.version, ", ".join(map(code, a.takes)), a.does, a.mints) for a in guide.actions)
    parts = [
        GENERATED,
        f"# {guide.title}",
        guide.marks,
        "[Minting](../minting.md) shows how SDKs are pointed here, and how what they are given is spent.",
        "## Actions",
        "By the names that policies have for them.",
        table(("action", "version", "takes", "answers", "right that is minted"), actions),
        "## Signatures",
        "One to a call; session tokens with all of them.",
        table(("scheme", "where", "counts"), ((code(s.scheme), s.where, s.lasts) for s in guide.signatures)),
        "## Refused",
        "\n".join(f"- {text}" for text in guide.refused),
        "## Errors",
        f"{guide.replies} {_BRACES * any('{' in row.message + row.code for row in faults.values())}".strip(),
        _SOURCES,
        *_errors(faults, guide),
        *(_product_errors() if name == "tencent" else ()),
        "## Readings",
        _READINGS,
        *_readings("Its own", guide.readings),
        *_readings("Of all minting APIs", READINGS),
    ]
    return "\n\n".join(parts) + "\n"
