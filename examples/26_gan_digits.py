"""A GAN draws the digit that is asked for: two networks against each other, and a third, which knows real digits, reads it."""

import sys

import numpy as np

from glassnet import Model, Sequential, datasets, layers, optimizers, utils

STEPS, BATCH, NOISE = 200 if "small" in sys.argv else 5000, 64, 32
utils.set_random_seed(0)
(x, y), (x_test, y_test) = datasets.mnist.load_data()
real, test = (images.reshape(-1, 28, 28, 1).astype("float32") / 127.5 - 1 for images in (x, x_test))
one_hot = np.eye(10, dtype="float32")


def looking(*last):
    """An image (28, 28, 1) through two convolutions."""
    first, second = (layers.Conv2D(filters, 4, strides=2, padding="same") for filters in (16, 32))
    more = [layers.LeakyReLU(0.2), layers.Dropout(0.3), layers.Flatten(), *last]
    return Sequential([layers.Input((28, 28, 1)), first, layers.LeakyReLU(0.2), second, *more])

reader = looking(layers.Dense(10, activation="softmax"))
reader.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
reader.fit(real, y, batch_size=128, epochs=2, verbose=0)
print(f"The reader reads {reader.evaluate(test, y_test, verbose=0)[1]:.1%} of real test digits right.")

noise, asked = layers.Input((NOISE,), name="noise"), layers.Input((10,), name="asked")
h = layers.Dense(7 * 7 * 32, use_bias=False)(layers.concatenate([noise, asked]))
h = layers.Reshape((7, 7, 32))(layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h)))
h = layers.Conv2DTranspose(16, 4, strides=2, padding="same", use_bias=False)(h)
h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h))
drawing = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh", name="drawing")(h)
generator = Model([noise, asked], drawing, name="generator")
image = layers.Input((28, 28, 1), name="image")  # judged by ten numbers, of which that of the digit asked for counts
judgement = layers.Activation("sigmoid")(layers.Dot(1)([looking(layers.Dense(10))(image), asked]))
discriminator = Model([image, asked], judgement, name="discriminator")
discriminator.compile(optimizers.Adam(5e-4, beta_1=0.5), "binary_crossentropy")
discriminator.trainable = False  # in what is compiled from here on
both = Model([noise, asked], discriminator([generator([noise, asked]), asked]))
both.compile(optimizers.Adam(1e-3, beta_1=0.5), "binary_crossentropy")

random, labels = np.random.default_rng(0), np.repeat([0.9, 0.0], BATCH)
every, kinds = [random.normal(size=(1000, NOISE)), np.tile(one_hot, (100, 1))], np.tile(np.arange(10), 100)
print("  step   judged right   read as asked   worst digit")
for step in range(1, STEPS + 1):
    at = random.integers(0, len(real), BATCH)
    wanted = one_hot[y[at]]
    made = generator.predict([random.normal(size=(BATCH, NOISE)), wanted], batch_size=BATCH, verbose=0)
    discriminator.train_on_batch([np.concatenate([real[at], made]), np.concatenate([wanted, wanted])], labels)
    both.train_on_batch([random.normal(size=(BATCH, NOISE)), wanted], np.ones(BATCH))
    if step % (STEPS // 5) == 0 or step == 1:
        drawn = generator.predict(every, batch_size=500, verbose=0)
        pairs = [np.concatenate([test[:1000], drawn]), np.concatenate([one_hot[y_test[:1000]], every[1]])]
        judged = discriminator.predict(pairs, batch_size=500, verbose=0)[:, 0] > 0.5
        read = reader.predict(drawn, batch_size=500, verbose=0).argmax(axis=1) == kinds
        right = np.mean(judged == np.repeat([True, False], 1000))
        print(f"{step:6}{right:15.0%}{read.mean():16.1%}{read.reshape(-1, 10).mean(axis=0).min():14.0%}")
images = (drawn[:10].reshape(2, 5, 28, 28)[..., 3:26:2, 4:24] + 1) / 2
print("\n".join("  ".join("".join(" .:*#"[int(4.99 * v)] for v in p[r]) for p in line) for line in images for r in range(12)))
