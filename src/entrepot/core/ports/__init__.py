"""Ports: what the core asks of the outside, by subject. Everybody else finds them here.

What a docstring promises binds every adapter; the contract tests hold each adapter to this.
"""

from __future__ import annotations

from entrepot.core.ports.blobs import BlobReader, Blobs, Sink
from entrepot.core.ports.index import Index, Reader, Transaction, Usage
from entrepot.core.ports.inspector import Inspector, Unreadable
from entrepot.core.ports.process import Audit, Body, Clock, Explanations, Leases, NewId
from entrepot.core.ports.sealing import CHUNK_BYTES, TAG_BYTES, ChunkCipher, Sealing, sealed_size
from entrepot.core.ports.users import UserReader, UserTransaction

__all__ = [
    "CHUNK_BYTES",
    "TAG_BYTES",
    "Audit",
    "BlobReader",
    "Blobs",
    "Body",
    "ChunkCipher",
    "Clock",
    "Explanations",
    "Index",
    "Inspector",
    "Leases",
    "NewId",
    "Reader",
    "Sealing",
    "Sink",
    "Transaction",
    "Unreadable",
    "Usage",
    "UserReader",
    "UserTransaction",
    "sealed_size",
]
