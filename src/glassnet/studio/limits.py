"""What one session may use, so that ten of them stay usable and none can fill the machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that the studio gives.

    Arguments:
        sessions: Browser tabs at once.
        parameters: Numbers in a network.
        numbers: Numbers in the inputs of its data.
        steps, epochs: Of one training.
        memory: Bytes for the kept states of one training.
        upload: Bytes of a file.
        rows: Rows of a table.
    """

    sessions: int = 24
    parameters: int = 2_000_000
    numbers: int = 64_000_000
    steps: int = 100_000_000
    epochs: int = 500_000
    memory: int = 64 * 2**20
    upload: int = 2_000_000
    rows: int = 20_000

    def check(self, model, x):
        """Raises `ValueError` where a network or its data are larger than a session may have."""
        for what, count, limit in (
            ("parameters in the network", model.count_params(), self.parameters),
            ("numbers in the inputs", x.size, self.numbers),
        ):
            if count > limit:
                raise ValueError(f"Expected at most {limit:,} {what} in one session of the studio. Received: {count:,}.")


LIMITS = Limits()
