"""One peer on one network of `families` in a process of its own; orders and answers as those of `worker`.

Arguments: peer, family, path of the .npz file, and for memory the variant.
Orders: {"do": "measure", "seconds": 0.3}, {"do": "predict"}, {"do": "memory"}
"""

import json
import os
import sys
import warnings

import families
import numpy as np
import peers
import worker


def prepare(trainer_class, family, data):
    """Try every variant, as `worker.prepare` does. Returns the fastest trainer and a report."""
    best, report = None, {}
    for variant in trainer_class.variants(family):
        made = []
        first = worker.timed(lambda made=made, variant=variant: made.append(trainer_class(family, data, variant)))
        trainer = made[0]
        first += worker.timed(trainer.train, data.order[: families.CHECK_STEPS])
        reached = families.loss(trainer.predict(data.test_x), data.test_y)
        first += worker.timed(trainer.epoch, data.order)
        seconds = worker.timed(trainer.epoch, data.order)
        if best is None or seconds < 0.95 * best[0]:  # simpler ways come first and win a draw
            best = (seconds, trainer)
            later = seconds * (1 + families.CHECK_STEPS / len(data.order))
            report = {"variant": variant, "loss": reached, "first_calls_s": max(0, first - later)}
    return best[1], report


def measure(trainer, data, seconds):
    """Epochs until `seconds` have passed; the median, in microseconds a step."""
    times = []
    while sum(times) < seconds:
        times.append(worker.timed(trainer.epoch, data.order))
    return {"us": float(np.median(times)) / len(data.order) * 1e6}


def memory(trainer_class, family, data, variant):
    before = families.peak_memory()
    trainer = trainer_class(family, data, variant)
    for _ in range(2):
        trainer.epoch(data.order)
    return {"added_mb": families.peak_memory() - before, "peak_mb": families.peak_memory()}


def main():
    peer, name, path, *variant = sys.argv[1:]
    family, data = families.FAMILIES[name], families.read(path)
    # Libraries write to stdout at their own discretion; the answers keep the real one.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    trainer_class = peers.family_trainer(peer)
    if not variant:
        trainer, report = prepare(trainer_class, family, data)
        print(json.dumps(report), file=answers)
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "measure":
            answer = measure(trainer, data, order["seconds"])
        elif order["do"] == "predict":
            answer = worker.predict(trainer, data.test_x)
        else:
            answer = memory(trainer_class, family, data, variant[0])
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
