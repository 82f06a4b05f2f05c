"""Keras 3 on the backend named in KERAS_BACKEND: `fit` on arrays, compiled by XLA.

A loop over `train_on_batch` was tried too; it takes 4 to 15 times as long as the best `fit`.
"""

import keras
import numpy as np


class Trainer:
    def __init__(self, task, data, variant):
        self.data, self.batch_size = data, task.batch_size
        self.x, self.y = data.x, data.y
        binary = task.sizes[-1] == 1
        hidden = [keras.layers.Dense(units, activation=task.activation) for units in task.sizes[1:-1]]
        layers = [keras.layers.Input((task.sizes[0],)), *hidden, keras.layers.Dense(task.sizes[-1])]
        self.model = keras.models.Sequential(layers)
        losses = keras.losses
        self.model.compile(
            optimizer=keras.optimizers.SGD(task.learning_rate),
            loss=(losses.BinaryCrossentropy if binary else losses.SparseCategoricalCrossentropy)(from_logits=True),
            jit_compile=True,
            steps_per_execution=next((n for n in (16, 64) if str(n) in variant), 1),
        )
        self.reset()

    @staticmethod
    def variants(task):
        return ("fit", "fit, 16 steps an execution", "fit, 64 steps an execution")

    def reset(self):
        self.model.set_weights(self.data.weights)

    def train(self, order):
        rows = order.ravel()
        self.model.fit(self.x[rows], self.y[rows], batch_size=self.batch_size, shuffle=False, verbose=0)

    def epoch(self, order):
        self.model.fit(self.x, self.y, batch_size=self.batch_size, shuffle=True, verbose=0)

    def weights(self):
        return self.model.get_weights()

    def predict(self, x):
        return self.model.predict(x, batch_size=1000, verbose=0)

    def predict_one(self, x):
        return np.asarray(self.model.predict_on_batch(x))
