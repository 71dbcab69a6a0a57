"""The page ``docs/doctor.md``: what ``entrepot doctor`` looks at. Its tables are the code's, the rest is from here."""

from __future__ import annotations

from inspect import getdoc

from entrepot.doctor.check import always
from entrepot.doctor.machine import KNOWN_PROBLEMS
from entrepot.doctor.table import CHECKS
from tools.markdown import GENERATED, code, table

_INTRODUCTION = """\
# entrepot doctor

Says what is wrong with a set-up, and what to do. Give it the options that `serve` gets, in the same working directory,
with the same environment, as the same user:

```sh
entrepot doctor --data /srv/entrepot
entrepot doctor --data /srv/entrepot --address https://files.example.com --quiet
```

Each check is a line: its verdict, its name, what was seen; below it, after an arrow, what to do.

| verdict | what it means |
| --- | --- |
| ok | well |
| warn | works now, and will cost somebody an evening |
| fail | does not work, or loses data |

The exit status is 0 when nothing fails, 1 when something does, 2 when the options cannot be. `--quiet` leaves out what
is well; `--json` prints a list of objects with `check`, `about`, `verdict`, `seen` and `to_do`.

It changes nothing. What is tried in the data folder is tried in a folder `doctor-…` of its own, which it removes; a
data folder that is not there is not made. It takes no lock that matters, so it does not keep a server from starting,
and works beside one. A store of bytes is tried as every start tries it, with an object that is put, read and removed.
No secret is in what it says. It needs no internet: of the clock it asks the kernel whether something keeps it right,
and the database and the store what time they have.

As a service, with the unit of `deploy/`:

```sh
cd /etc/entrepot && sudo --user=entrepot env ENTREPOT_DATA=/var/lib/entrepot /opt/entrepot/bin/entrepot doctor
```"""

_FRONT = """\
## What is in front

With `--address`, where clients find the server, it asks through whatever is in front of it. It sends requests with a
key id that is nobody's, without a secret; the dialects refuse them, and say in the refusal which host (OSS: `HostId`)
and which path (S3: `Resource`) they saw. So it sees what a proxy changed, also one that keeps `/-/` inside, as it
should. It trusts what this machine trusts; for another authority set `SSL_CERT_FILE`."""

_LIBRARIES = """\
## Known problems of libraries

From these versions on they are mended."""


def doctor_page() -> str:
    """The page."""
    rows = (
        (code(check.name), (getdoc(check.look) or "").split("\n\n")[0].replace("\n", " "), _when(check.when))
        for check in CHECKS
    )
    problems = (
        (one.package, ", ".join(".".join(map(str, number)) for number in (*one.also, one.mended)), one.what)
        for one in KNOWN_PROBLEMS
    )
    parts = (
        GENERATED,
        _INTRODUCTION,
        "## The checks",
        table(("check", "looks at", "where"), rows),
        _FRONT,
        _LIBRARIES,
        table(("package", "mended in", "what may happen before"), problems),
    )
    return "\n\n".join(parts) + "\n"


_WHEN = {
    "has_file": "with a settings file",
    "exists": "with a data folder",
    "is_embedded": "with an index in a data folder",
    "is_shared": "with a database",
    "is_reached": "with a database that is reached",
    "has_store": "with a store of bytes",
    "has_files": "with `tls_certificate`",
    "has_names": "with `public_url`, `domains` or `download_domain`",
    "is_asked": "with `--address`",
}


def _when(condition: object) -> str:
    return "always" if condition is always else _WHEN[getattr(condition, "__name__", "")]
