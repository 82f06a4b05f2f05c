"""`glassnet demo`: two networks learn to read handwriting while one looks on."""

import time
from typing import Annotated

import typer

from glassnet.cli import studio
from glassnet.cli.output import (
    check_out,
    count_confusions,
    open_console,
    percent,
    show_confusions,
    show_prediction,
    write_next,
)

BATCH_SIZE = 128
EPOCHS = 4
LEARNING_RATE = 0.006
"""Falls to 0 along a cosine: measured, four epochs so bring 98 %, and at a constant rate 97.4 %."""


def demo(
    out: Annotated[str, typer.Option(help="The model file of the larger network.")] = "digits.safetensors",
):
    """Learn to read handwriting: two networks on the 60,000 digits of MNIST, in a few seconds; then open the studio on the
    larger one, where a browser can be opened.

    \b
    Example:
      glassnet demo
      glassnet demo --out my-digits.safetensors
    """
    path = check_out(out)
    console = open_console()

    from glassnet.cli import data, network
    from glassnet.random import set_random_seed

    set_random_seed(0)
    digits = data.load("mnist")
    (_, y_train), (x_test, y_test) = digits.train, digits.test
    console.print(f"{len(y_train):,} handwritten digits to learn from, {len(y_test):,} others to test on (MNIST).")
    _learn(console, digits, hidden=[16, 16])
    model = _learn(console, digits, hidden=[128])
    model.save(path)

    console.print()
    probabilities = network.shares(model, model.predict(x_test, batch_size=1000, verbose=0))
    show_confusions(console, count_confusions(y_test, probabilities.argmax(axis=1), 10).tolist(), list(digits.class_names))
    console.print()
    console.print("A digit of the test, and what the network makes of it:")
    show_prediction(console, x_test[0], probabilities[0], digits.class_names)
    console.print()
    console.print(f"The network is in {path}.")
    console.print()
    write_next(
        console,
        (f"glassnet studio {path}", "watch it, draw digits for it, look inside"),
        (f"glassnet predict {path} picture.png", "a digit of your own, of any size"),
        (f"glassnet info {path}", "what is in the file"),
        ("glassnet train mnist --layers 64,32 --dropout 0.1", "a network of your own"),
        ("glassnet train spiral", "something else to learn"),
    )
    if studio.has_browser():
        console.print()
        studio.open_studio(console, path)


def _learn(console, digits, hidden):
    """Trains a network and tells how it went. Returns it."""
    from glassnet.cli import STARTED, network
    from glassnet.optimizers import Adam, schedules
    from glassnet.utils import clear_session

    clear_session()  # or the layers of the second network would be numbered on from those of the first
    model = network.build(digits, hidden, "relu")
    steps = EPOCHS * -(-len(digits.train[0]) // BATCH_SIZE)
    rate = schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(optimizer=Adam(rate), loss=network.LOSSES[digits.kind], metrics=["accuracy"])
    console.print()
    console.print(network.sizes(model), style="bold", end="")
    console.print(f"  {model.count_params():,} parameters")
    model.fit(*digits.train, batch_size=BATCH_SIZE, epochs=EPOCHS)
    accuracy = model.evaluate(*digits.test, batch_size=1000, verbose=0, return_dict=True)["accuracy"]
    seconds = time.perf_counter() - STARTED
    console.print(f"{percent(accuracy)} of the test digits right, {seconds:.1f} s after the start", style="green")
    return model
