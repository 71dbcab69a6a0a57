"""What a bucket answers of a configuration that it never had: a document, or the cloud's own error.

Each cloud has one table of these records, by level and sub-resource; ``operations/defaults`` makes routes of it.
Reading such a configuration tells the truth, taking it away is done already where the cloud says so, and setting it is
refused, unless what is set is what holds anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from entrepot.core.rights.grant import Right
from entrepot.dialects.s3like.flavour.known import Known
from entrepot.dialects.s3like.flavour.replies import Row, Source
from entrepot.dialects.s3like.flavour.spelling import Document
from entrepot.wire.documents import Shape

Content: TypeAlias = Document | str | Callable[[Any], Document]
"""A document, or how it is made of the place that is asked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Default:
    """The answer to a read. ``about`` says what it is, for the documents, ``source`` where the answer comes from."""

    about: str
    source: Source
    root: str = ""
    content: Content = ""
    row: Row | None = None
    """The error that takes the document's place."""
    known: Known = field(default_factory=Known)
    """What the reading request may say beside the name."""
    removable: bool = False
    """Whether taking it away succeeds, since it is not there."""
    setting: Known = field(default_factory=Known)
    """What the request that sets it may say beside the document."""
    settable: Shape | None = None
    """The shape of a document that sets it: one that says what holds anyway is taken, others are refused."""
    variants: Mapping[str, Default] = field(default_factory=dict)
    """Answers for a further parameter or header (``name``, or ``name=value``) beside the sub-resource."""
    right: Right = Right.READ_CONFIGURATION
    """What reading it asks."""
    of_object: bool = True
    """At the level of objects: whether the object must be there."""


Defaults: TypeAlias = Mapping[tuple[str, str], Default]
"""By level (service, bucket, object) and sub-resource."""


def empty(about: str, root: str, content: Content = "", **more: Any) -> Default:
    """A configuration that is answered with a document, which says that there is none or what holds without it."""
    return Default(**{"about": about, "source": "document", "root": root, "content": content, **more})


def missing(about: str, code: str, message: str = "", *, status: int = 404, extra: str = "", **more: Any) -> Default:
    """A configuration that is answered with the cloud's own error while there is none."""
    source = more.pop("source", "document")
    row = Row(status, code, message, extra, source)
    return Default(**{"about": about, "source": source, "row": row, **more})
