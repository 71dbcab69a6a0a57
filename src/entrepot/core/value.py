"""The base of values that are made for every request: frozen records that cost a tenth of a microsecond.

A frozen dataclass of nine fields takes 2.5 µs to make, because each field is set past the class's own guard; a msgspec
structure takes 0.1 µs and promises the same. The only place of the core that knows the library.
"""

from __future__ import annotations

from msgspec import Struct as Value
from msgspec import field
from msgspec.structs import replace as changed

__all__ = ["Value", "changed", "field"]
