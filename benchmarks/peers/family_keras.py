"""Keras 3 on the backend named in KERAS_BACKEND, on the networks of `families`."""

import keras
import numpy as np


class Trainer:
    def __init__(self, family, data, variant):
        self.data, self.batch_size = data, family.batch_size
        self.model = family.build(keras)
        self.model.set_weights(data.weights)
        if "16" in variant:
            self.model.compile(optimizer=self.model.optimizer, loss=self.model.loss, steps_per_execution=16)

    @staticmethod
    def variants(family):
        return ("fit", "fit, 16 steps an execution")

    def train(self, order):
        rows = order.ravel()
        self.model.fit(self.data.x[rows], self.data.y[rows], batch_size=self.batch_size, shuffle=False, verbose=0)

    def epoch(self, order):
        self.model.fit(self.data.x, self.data.y, batch_size=self.batch_size, shuffle=True, verbose=0)

    def predict(self, x):
        return self.model.predict(x, batch_size=1000, verbose=0)

    def predict_one(self, x):
        return np.asarray(self.model.predict_on_batch(x))
