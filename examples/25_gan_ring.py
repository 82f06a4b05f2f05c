"""A GAN on a ring of eight heaps of points: where the generator runs ahead of its judge it draws one heap; two cures.

Goodfellow et al. (2014) keep the judge near its best by more steps; Lin et al., "PacGAN" (2018), show it several points at once.
"""

import sys

import numpy as np

from glassnet import Model, Sequential, layers, optimizers, utils

STEPS, SEEDS = (600, 1) if "small" in sys.argv else (2000, 3)
BATCH, NOISE = 64, 8
HEAPS = 2 * np.array([(np.cos(angle), np.sin(angle)) for angle in np.arange(8) * np.pi / 4])


def adversaries(pack):
    """A generator, a discriminator of so many points at once, and the generator before the frozen discriminator."""
    noises = [layers.Input((NOISE,), name=f"noise_{n}") for n in range(pack)]
    hidden = [layers.Dense(64, activation="relu") for _ in range(2)]
    generator = Sequential([layers.Input((NOISE,)), *hidden, layers.Dense(2)], name="generator")
    judge = [layers.Dense(64, activation="leaky_relu") for _ in range(2)]
    discriminator = Sequential([layers.Input((2 * pack,)), *judge, layers.Dense(1, activation="sigmoid")], name="judge")
    discriminator.compile(optimizers.Adam(1e-3, beta_1=0.5), "binary_crossentropy")
    discriminator.trainable = False  # in what is compiled from here on
    points = [generator(noise) for noise in noises]  # one generator, called several times
    both = Model(noises, discriminator(layers.concatenate(points) if pack > 1 else points[0]))
    both.compile(optimizers.Adam(1e-3, beta_1=0.5), "binary_crossentropy")
    return generator, discriminator, both


def heaps_reached(points):
    """Among how many heaps the points are spread out, and the share of points that is within 0.2 of one."""
    distance = np.sqrt(((points[:, None] - HEAPS) ** 2).sum(axis=2))
    nearest = np.bincount(distance.argmin(axis=1), minlength=8)
    return int((nearest > len(points) / 50).sum()), np.mean(distance.min(axis=1) < 0.2)


def train(pack, judge_steps, generator_steps, seed):
    utils.set_random_seed(seed)
    generator, discriminator, both = adversaries(pack)
    random, labels = np.random.default_rng(seed), np.repeat([1.0, 0.0], BATCH)
    for _ in range(STEPS):
        for _ in range(judge_steps):
            real = HEAPS[random.integers(0, 8, BATCH * pack)] + random.normal(0, 0.05, (BATCH * pack, 2))
            made = generator.predict(random.normal(size=(BATCH * pack, NOISE)), batch_size=BATCH * pack, verbose=0)
            discriminator.train_on_batch(np.concatenate([real, made]).reshape(2 * BATCH, -1), labels)
        for _ in range(generator_steps):
            noises = list(random.normal(size=(pack, BATCH, NOISE)))
            both.train_on_batch(noises if pack > 1 else noises[0], np.ones(BATCH))
    return heaps_reached(generator.predict(random.normal(size=(2000, NOISE)), verbose=0))


print(f"Heaps of 8 among which 2,000 points are spread, and share of the points near one; {SEEDS} beginnings, {STEPS} rounds")
CASES = {"5 steps for 1 of the judge": (1, 1, 5), "5 for 1, judged by fours": (4, 1, 5), "1 for 1": (1, 1, 1)}
for what, (pack, judge, steps) in CASES.items():
    found = [train(pack, judge, steps, seed) for seed in range(SEEDS)]
    print(f"  {what:27}", "  ".join(f"{heaps} {share:4.0%}" for heaps, share in found), f"  mean {np.mean(found, axis=0)[0]:.1f}")
