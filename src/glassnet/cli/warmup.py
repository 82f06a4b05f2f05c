"""`glassnet warmup`: compiles and keeps the kernels that usual networks need."""

import time

from glassnet.cli.output import open_console

# What is fitted: what it stands for, the kind of data, activation, optimizer, share of dropout and penalty.
NETWORKS = (
    ("the demo", "pictures", "relu", "adam", 0.0),
    ("tables with classes", "classification", "relu", "adam", 0.0),
    ("tables with two classes", "binary", "sigmoid", "sgd", 0.0),
    ("tables with numbers", "regression", "tanh", "adam", 0.0),
    ("dropout and penalties", "binary", "relu", "adam", 0.1),
)
WORTH_TELLING = 0.5  # seconds


def warmup():
    """Compile once what usual networks need, so that the first training begins at once.

    What is compiled is kept for later runs. Where all is there already, this takes a second.

    \b
    Example:
      glassnet warmup
    """
    from rich.status import Status

    console = open_console()
    begun = time.perf_counter()
    with Status("", console=console) as status:
        for number, (what, *settings) in enumerate(NETWORKS, 1):
            line = f"Compiling kernels once: {number} of {len(NETWORKS)}, {what}"
            status.update(line)
            started = time.perf_counter()
            _fit_tiny(*settings)
            if time.perf_counter() - started > WORTH_TELLING:
                console.print(f"{line} ({time.perf_counter() - started:.1f} s)")
    console.print(f"Kernels are ready ({time.perf_counter() - begun:.1f} s).")


def _fit_tiny(kind, activation, optimizer, share):
    """Fits, evaluates and asks a tiny network: nothing is learnt, but all its kernels are there afterwards."""
    import numpy as np

    from glassnet.cli import network
    from glassnet.cli.data import Data

    if kind == "pictures":
        kind, x, y = "classification", np.zeros((2, 28, 28), np.uint8), np.array([0, 1], np.uint8)
    else:
        x, y = np.zeros((2, 2), np.float32), np.array([0, 1], np.float32 if kind == "regression" else np.int64)
    data = Data("warmup", (x, y), (x, y), kind, ("0", "1"), None)
    # The pictures' network is large enough for its products to be shared by two threads.
    hidden = 256 if len(x.shape) > 2 else 2
    model = network.build(data, [hidden], activation, dropout=share, l2=share)
    model.compile(optimizer=optimizer, loss=network.LOSSES[kind], metrics=network.METRICS[kind])
    model.fit(x, y, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
