"""A GAN draws digits: two networks against each other, and a third one, which knows real digits, says what became of it."""

import sys

import numpy as np

from glassnet import Sequential, datasets, layers, optimizers, utils

STEPS, BATCH, NOISE = 200 if "small" in sys.argv else 5000, 64, 32

utils.set_random_seed(0)
(x, y), _ = datasets.mnist.load_data()
real = x.reshape(-1, 28, 28, 1).astype("float32") / 127.5 - 1

flat = layers.Flatten(input_shape=(28, 28, 1))
reader = Sequential([flat, layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")])
reader.compile("adam", "sparse_categorical_crossentropy")
reader.fit(real, y, batch_size=128, epochs=3, verbose=0)

generator = Sequential(
    [
        layers.Input((NOISE,)), layers.Dense(7 * 7 * 32, use_bias=False),
        layers.BatchNormalization(momentum=0.9), layers.LeakyReLU(0.2), layers.Reshape((7, 7, 32)),
        layers.Conv2DTranspose(16, 4, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(momentum=0.9), layers.LeakyReLU(0.2),
        layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh", name="drawing"),
    ],
    name="generator",
)
discriminator = Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Conv2D(16, 4, strides=2, padding="same"), layers.LeakyReLU(0.2),
        layers.Conv2D(32, 4, strides=2, padding="same"), layers.LeakyReLU(0.2),
        layers.Dropout(0.3), layers.Flatten(), layers.Dense(1, activation="sigmoid"),
    ],
    name="discriminator",
)
discriminator.compile(optimizers.Adam(2e-4, beta_1=0.5), "binary_crossentropy", metrics=["accuracy"])
discriminator.trainable = False  # in what is compiled from here on
both = Sequential([generator, discriminator])
both.compile(optimizers.Adam(2e-4, beta_1=0.5), "binary_crossentropy")

random, labels = np.random.default_rng(0), np.repeat([0.9, 0.0], BATCH)
fixed = random.normal(size=(1000, NOISE))
print("  step   judged right   surely a digit   kinds   rarest kind")
for step in range(1, STEPS + 1):
    made = generator.predict(random.normal(size=(BATCH, NOISE)), batch_size=BATCH, verbose=0)
    discriminator.train_on_batch(np.concatenate([real[random.integers(0, len(real), BATCH)], made]), labels)
    both.train_on_batch(random.normal(size=(BATCH, NOISE)), np.ones(BATCH))
    if step % (STEPS // 5) == 0 or step == 1:
        drawn = generator.predict(fixed, batch_size=500, verbose=0)
        judged = discriminator.predict(np.concatenate([real[:1000], drawn]), batch_size=500, verbose=0)[:, 0] > 0.5
        shares = reader.predict(drawn, batch_size=500, verbose=0)
        kinds = np.bincount(shares.argmax(axis=1), minlength=10)
        right = np.mean(judged == np.repeat([True, False], 1000))
        print(f"{step:6}{right:15.0%}{np.mean(shares.max(axis=1) > 0.9):17.0%}{np.sum(kinds > 10):8}{kinds.min() / 1000:14.1%}")
images = (drawn[:5].reshape(5, 28, 28)[:, 3:26:2, 4:24] + 1) / 2
print("\n".join("  ".join("".join(" .:*#"[int(4.99 * v)] for v in image[row]) for image in images) for row in range(12)))
