"""Odd or even? One neuron reads a number's eight bits, learns from 16 numbers, and knows the other 240."""

import numpy as np

from glassnet import Sequential, layers, optimizers, utils

utils.set_random_seed(1)
numbers = np.arange(256)
bits = numbers[:, None] >> np.arange(8)[::-1] & 1  # as we write them: the last bit counts the ones
odd = numbers % 2
seen = numbers < 16

model = Sequential([layers.Input((8,)), layers.Dense(1, activation="sigmoid")])
model.compile(optimizer=optimizers.SGD(1.0), loss="binary_crossentropy", metrics=["accuracy"])
before = model.evaluate(bits[~seen], odd[~seen], verbose=0, return_dict=True)["accuracy"]
model.fit(bits[seen], odd[seen], epochs=40, batch_size=5, verbose=0)
on_seen = model.evaluate(bits[seen], odd[seen], verbose=0, return_dict=True)["accuracy"]
unseen = model.evaluate(bits[~seen], odd[~seen], verbose=0, return_dict=True)["accuracy"]

print("It learns from 0 to 15 only, then is asked about 16 to 255.")
print(f"  before learning, on 16 to 255   {before:.1%}")
print(f"  after learning,  on 0 to 15     {on_seen:.1%}")
print(f"  after learning,  on 16 to 255   {unseen:.1%}\n")

weights, bias = model.get_weights()
largest = abs(weights).max()
print("Its weights, one for each bit:")
for place, weight in zip(2 ** np.arange(8)[::-1], weights[:, 0], strict=True):
    bar = "#" * round(30 * abs(weight) / largest)
    print(f"  bit worth {place:3}  {weight:6.2f}  {bar}")
print(f"  bias           {bias[0]:6.2f}\n")

last, others = weights[7, 0], abs(weights[:7]).max()
print(f"The last bit weighs {last:.2f}; the largest of the others {others:.2f}, {last / others:.0f} times less.")
print("The first four bits were always 0 while it learnt: their weights are still the random ones it began with.")
print(f"It has {'found' if unseen == 1 else 'not quite found'} the rule: a number is odd if its last bit is 1.\n")
for number in (42, 137, 200, 255):
    chance = model.predict(bits[number : number + 1], verbose=0)[0, 0]
    print(f"  {number:3} = {number:08b}: odd with probability {chance:.3f}, so {'odd' if chance > 0.5 else 'even'}")
