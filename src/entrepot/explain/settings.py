"""What an operator may choose about the explaining of refusals. Settings only: reading them loads no explainer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """How much is explained, and kept.

    ``keep`` is how many explained refusals a server keeps for ``entrepot explain``, at 4 KiB each; 0 keeps none.
    ``per_second`` is how many refusals each worker explains in a second, with 0 none; what is more than that is refused
    as ever.
    """

    keep: int = 1000
    per_second: float = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.keep <= 100_000:
            raise ValueError(f"keep must be 0 to 100000, it is {self.keep}")
        if not 0 <= self.per_second <= 1000:
            raise ValueError(f"per_second must be 0 to 1000, it is {self.per_second}")
