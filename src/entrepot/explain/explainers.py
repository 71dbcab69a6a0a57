"""Who explains what: the explainers of each kind of refusal, asked in turn until one has something to say.

Data only. A kind that is not here needs no explanation: its message says all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.fault import Kind
from entrepot.explain import browsing, denied
from entrepot.explain.refusal import Explain
from entrepot.explain.signatures.search import explain_mismatch
from entrepot.explain.signatures.seen import (
    explain_digest,
    explain_expired,
    explain_foreign,
    explain_skew,
    explain_token,
    explain_unknown_key,
    explain_unread,
)

EXPLAINERS: Final[Mapping[Kind, tuple[Explain, ...]]] = {
    Kind.ACCESS_DENIED: (denied.denied, browsing.referer_refused),
    Kind.SIGNATURE_MISSING: (explain_unread, denied.unsigned),
    Kind.SIGNATURE_MALFORMED: (browsing.form_unread, explain_unread),
    Kind.SIGNATURE_MISMATCH: (explain_mismatch,),
    Kind.SIGNATURE_EXPIRED: (denied.ended, explain_expired),
    Kind.SIGNATURE_FOREIGN: (explain_foreign,),
    Kind.SIGNATURE_SPENT: (denied.spent,),
    Kind.REQUEST_SKEWED: (explain_skew,),
    Kind.KEY_UNKNOWN: (denied.withdrawn, explain_unknown_key),
    Kind.TOKEN_INVALID: (denied.ended, explain_token),
    Kind.TOO_LARGE: (denied.too_large, browsing.form_size),
    Kind.TOO_SMALL: (browsing.form_size,),
    Kind.POLICY_VIOLATED: (browsing.form_missed,),
    Kind.MALFORMED: (browsing.form_unread,),
    Kind.DIGEST_MISMATCH: (explain_digest,),
}
