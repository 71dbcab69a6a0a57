"""Who explains what: the explainers of each kind of refusal, asked in turn until one has something to say.

Data only. A kind that is not here needs no explanation: its message says all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.fault import Kind
from entrepot.explain.refusal import Explain
from entrepot.explain.signatures.search import explain_mismatch

EXPLAINERS: Final[Mapping[Kind, tuple[Explain, ...]]] = {
    Kind.SIGNATURE_MISMATCH: (explain_mismatch,),
}
