"""What a timeline that keeps every 100th step costs in a training of 784-16-16-10. Prints JSON."""

import json
import statistics
import sys
import time

import tasks

from glassnet import Sequential, layers, optimizers
from glassnet.inspect import Timeline

EVERY, EPOCHS = 100, 4
OPTIMIZERS = {"SGD": lambda: optimizers.SGD(0.5), "Adam": lambda: optimizers.Adam(0.001)}


def build(optimizer):
    parts = [layers.Input((784,)), layers.Rescaling(1 / 255)]
    parts += [layers.Dense(16, "sigmoid"), layers.Dense(16, "sigmoid"), layers.Dense(10, "softmax")]
    model = Sequential(parts)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def seconds(model, data, *callbacks):
    started = time.perf_counter()
    model.fit(data.raw, data.y, batch_size=32, epochs=EPOCHS, verbose=0, callbacks=list(callbacks))
    return time.perf_counter() - started


def cost(model, data, rounds):
    """Trainings with and without a timeline in turn: microseconds a step, and the the median share of one over its neighbour."""
    seconds(model, data), seconds(model, data, Timeline(EVERY))
    alone, watched = [], []
    for number in range(rounds):
        for watching in (False, True) if number % 2 else (True, False):
            (watched if watching else alone).append(seconds(model, data, *[Timeline(EVERY)] * watching))
    steps = EPOCHS * -(-len(data.raw) // 32)
    share = statistics.median(w / a - 1 for w, a in zip(watched, alone, strict=True))
    return {"us": statistics.median(alone) / steps * 1e6, "watched_us": statistics.median(watched) / steps * 1e6, "cost": share}


def main():
    data, rounds = tasks.read(sys.argv[1]), int(sys.argv[2])
    print(json.dumps({name: cost(build(make()), data, rounds) for name, make in OPTIMIZERS.items()}))


if __name__ == "__main__":
    main()
