"""Why a signature does not match: what was signed is taken apart, and what people get wrong is tried on its parts.

``layouts`` takes what is signed apart; the tables of mistakes say how a part may have been otherwise when it was signed
(``addresses``, ``headers``), or the claim (``scopes``), the secret or the sealing (``seals``); ``search`` tries them,
and a mistake with which the signature verifies is the cause. ``seen`` is for refusals that come before or after that.
"""
