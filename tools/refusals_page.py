"""The page ``docs/refused.md``: why a request was refused. Its tables are the code's, the rest is written here."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.explain.browser_causes import BROWSER_MEANINGS
from entrepot.explain.causes import MISMATCHES, SEEN, Cause
from entrepot.explain.denial_causes import MEANINGS
from entrepot.explain.sdks import ANY, SDKS, in_words_of
from tools.markdown import GENERATED, code, table

_INTRODUCTION = """\
# Why was I refused

A refusal names its cause. It is looked for after the refusal is decided and changes nothing of it.

| where | what |
| --- | --- |
| the server's log | `cause`, `cause_is` (certain, likely, unknown) and `explained` on the request's line |
| `entrepot explain REQUEST_ID` | all of it, by the id that reply or log has; without an id, the newest refusals |
| the [admin API](admin-api.md) | `GET /-/api/v1/refusals` and `/-/api/v1/refusals/{id}` |
| the [console](console.md) | the page Refusals, for the admin and for whoever's key it was |
| the reply, with `--dev` only | members of the error: `ExplanationCause` … (COS JSON: `explanation`) |

What an explanation says: `cause`, `confidence`, `sentence`, `change` (in the words of the SDK that the `User-Agent`
names), and for a signature `expected`, `came` and `parts_at`: what was computed here of the request as it came, what
the client had signed, and the first byte at which the two differ.

**certain** means proven: with the mistake undone the signature verifies, or the refusal has no other cause.
**likely** means that it is seen in the request and would cause this refusal. **unknown** means that none of the known
mistakes accounts for it.

A deletion of many names is answered 200, with an error for each name that stays. Those denied are explained, too: in
the reply, with `--dev`, beside each of the first eight; what is kept is one refusal, with `refused` (how many of how
many), `keys` (their names, as far as they fit) and `also` (what is said of those with another cause). OSS deletes all
or none, so there it is the request that is refused, with the same two.

An explanation holds no secret, no signature, no token and nothing of a body but the names in such a deletion. What
tells of a key other than the one that the request names is for the operator alone. The newest `explain.keep` are kept
in the data folder, at 4 KiB each, for all workers of a server; each gateway keeps its own. A worker explains
`explain.per_second` refusals a second at most, and spends a tenth of its time on them at most with the default; what
is more is refused without an explanation. [ADR 0036](adr/0036-explaining.md)"""

_SIGNATURES = """\
## Signatures

For a signature that does not match, these mistakes are tried, in every scheme in which they can be made; `…` stands
for what was found."""


_DENIALS = """\
## What somebody may do

Which statement of which policy said no, or the nearest one and what it misses; `needed` is the least policy that would
allow it, in the language of the cloud. Of a minted right: `minted_by`, `minter`, `minted_at`, `allows`, its limits.
`entrepot policy test` answers the same without a request ([policies](policies.md)).
[ADR 0038](adr/0038-denials-told-by-their-decision.md)"""


def _rows(causes: Mapping[str, Cause]) -> str:
    rows = (
        (code(name), cause.sentence.replace("{note!r}", "…").replace("{note}", "…"), in_words_of(ANY, cause.change))
        for name, cause in causes.items()
    )
    return table(("cause", "what happened", "what to change"), rows)


_BROWSERS = """## Forms and referers

What browsers meet: a form that misses the policy that was signed for it, and a page that a bucket's lists of referers
do not take. It is told which condition or entry it was, what it wants and what came, and all else that would have been
refused; never the value of a field that carries a credential, nor anything of the file."""


def refusals_page() -> str:
    """The page."""
    sdks = ", ".join(sdk.name for sdk in SDKS)
    parts = (
        GENERATED, _INTRODUCTION, _SIGNATURES, _rows(MISMATCHES), "## Before and after the signature",
        "What is seen in a request, or follows from the refusal itself.", _rows(SEEN), _DENIALS,
        table(("cause", "what it means"), ((code(cause.value), text) for cause, text in MEANINGS.items())),
        _BROWSERS,
        table(("cause", "what it means"), ((code(cause.value), text) for cause, text in BROWSER_MEANINGS.items())),
        f"## SDKs\n\nWhat to change is told in the words of: {sdks}.",
    )  # fmt: skip
    return "\n\n".join(parts) + "\n"
