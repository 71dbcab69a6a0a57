"""Ports: what the core asks of the outside, by subject. Everybody else finds them here.

What a docstring promises binds every adapter; the contract tests hold each adapter to this.
"""

from __future__ import annotations

from entrepot.core.ports.blobs import BlobReader, Blobs, Sink
from entrepot.core.ports.index import Index, Reader, Transaction, Usage
from entrepot.core.ports.inspector import Inspector, Unreadable
from entrepot.core.ports.process import Audit, Body, Clock, Leases, NewId
from entrepot.core.ports.users import UserReader, UserTransaction

__all__ = [
    "Audit",
    "BlobReader",
    "Blobs",
    "Body",
    "Clock",
    "Index",
    "Inspector",
    "Leases",
    "NewId",
    "Reader",
    "Sink",
    "Transaction",
    "Unreadable",
    "Usage",
    "UserReader",
    "UserTransaction",
]
