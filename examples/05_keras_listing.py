# A listing for Keras, of which only the two import lines are changed: left exactly as it was written.
# ruff: noqa: I001, N816
# fmt: off
import numpy as np
import glassnet as keras
np.random.seed(1)
keras.utils.set_random_seed(1)
train_X = np.array([[int(b) for b in f"{n:08b}"] for n in range(16)])
train_y = np.array([n % 2 for n in range(16)])
test_X = np.array([[1,0,0,1,1,1,0,1], [1,0,0,0,0,1,1,0]])
model = keras.models.Sequential()
model.add(keras.layers.Dense(1, input_dim=8, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=keras.optimizers.SGD(lr=1.0), metrics=['accuracy'])
model.fit(train_X, train_y, epochs=20, batch_size=5)
print([round(x[0]) for x in model.predict(test_X)])   # [1, 0]
