"""cli/arguments: what a command takes, and what is said of what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from entrepot.cli.arguments import MISUSED, Argument, Exit, Group, Option, run

seen: list[Any] = []


class Colour(Enum):
    """Words of the test's own."""

    RED = "red"


def paint(
    what: str,
    more: Annotated[list[str] | None, Argument(help="100% more.")] = None,
    *,
    size: Annotated[int | None, Option(min=1, max=9, help="How large.")] = None,
    share: Annotated[float, Option(help="How much.")] = 0.5,
    colour: Annotated[Colour | None, Option(help="Which.")] = None,
    way: Annotated[Literal["up", "down"], Option("--way", "-w", help="Where to.")] = "up",
    tags: Annotated[list[str] | None, Option("--tag", help="A tag.")] = None,
    file: Annotated[Path | None, Option(help="From where.")] = None,
    dry_run: Annotated[bool, Option(help="Only tell.")] = False,
    tls: Annotated[bool | None, Option("--tls/--no-tls", help="Over TLS.")] = None,
) -> None:
    """Paint something. It is 100% safe.

    Not shown in lists.
    """
    seen.append((what, more, size, share, colour, way, tags, file, dry_run, tls))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("wall", ("wall", None, None, 0.5, None, "up", None, None, False, None)),
        (
            "wall a --size 9 b --share 1e-3 --colour red -w down --tag x --tag y --file - --dry-run --no-tls",
            ("wall", ["a", "b"], 9, 0.001, Colour.RED, "down", ["x", "y"], Path("-"), True, False),
        ),
        ("--tls --dry-run wall a", ("wall", ["a"], None, 0.5, None, "up", None, None, True, True)),
        ("--size=2 --tag= wall", ("wall", None, 2, 0.5, None, "up", [""], None, False, None)),
    ],
)
def test_what_a_command_takes(given: str, meant: tuple[Any, ...]) -> None:
    seen.clear()
    run("paint", paint, given.split())
    assert seen == [meant]


def test_what_follows_two_dashes_is_an_argument() -> None:
    seen.clear()
    run("paint", paint, ["--dry-run", "--", "--size"])
    assert (seen[0][0], seen[0][2]) == ("--size", None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "WHAT"),
        ("wall --size 0", "0 is not in the range 1 to 9"),
        ("wall --size ten", "'ten' is not a number"),
        ("wall --siz 1", "--siz"),
        ("wall --colour blue", "'blue' is not one of red"),
        ("wall --way left", "'left' is not one of up, down"),
        ("wall --size", "expected one argument"),
        ("wall --dry-run=yes", "ignored explicit argument"),
    ],
)
def test_what_it_does_not_take(capsys: pytest.CaptureFixture[str], given: str, said: str) -> None:
    seen.clear()
    with pytest.raises(Exit) as ended:
        run("paint", paint, given.split())
    assert ended.value.code == MISUSED
    assert not seen
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("paint: ")
    assert said in printed.err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("paint", paint, ["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    for said in ("It is 100% safe.", "100% more.", "--colour red", "--way up|down", "(default: up)", "--no-tls"):
        assert said in printed


def test_a_group_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    group = Group(help="Painting.")
    group.command("wall")(paint)
    for given, status in (([], MISUSED), (["--help"], 0), (["wal"], MISUSED)):
        with pytest.raises(Exit) as ended:
            run("paint", group, given)
        assert ended.value.code == status
    printed = capsys.readouterr()
    assert "wall  Paint something. It is 100% safe.\n" in printed.out
    assert "Not shown" not in printed.out
    assert "Did you mean 'wall'?" in printed.err


def test_whoever_has_read_enough_of_the_output_hears_no_more() -> None:
    """As with ``entrepot grants list | head``: no error is of use to anybody."""
    program = (
        "from entrepot.cli.folder import failing\nfrom entrepot.cli.arguments import echo\nwith failing(): echo('a')"
    )
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
