"""What one perceptron can learn, what it cannot, and how a few of them together can do it all the same."""

import itertools

from glassnet import Perceptron
from glassnet.perceptron import PerceptronNetwork

SQUARE = list(itertools.product((0, 1), repeat=2))
GATES = {"OR": [0, 1, 1, 1], "AND": [0, 0, 0, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}

print("Rosenblatt's rule: whenever the answer is wrong, move weights and bias one step towards the right one.\n")
for name, y in GATES.items():
    perceptron = Perceptron()
    perceptron.fit(SQUARE, y, verbose=0)
    print(f"{name:4}  weights {perceptron.weights.tolist()}, threshold {perceptron.threshold:g}")
    more = " ..." if len(perceptron.mistakes) > 10 else ""
    print(f"      mistakes by epoch: {' '.join(map(str, perceptron.mistakes[:10]))}{more}")
    print(f"      {perceptron.verdict}\n")

learnable = 0
for y in itertools.product((0, 1), repeat=4):
    perceptron = Perceptron()
    perceptron.fit(SQUARE, y, verbose=0)
    learnable += perceptron.converged
print(f"Of the 16 functions of two bits, one perceptron learns {learnable}: all but XOR and its opposite.\n")

nand, either, both = Perceptron([-2, -2], bias=3), Perceptron([1, 1], threshold=0), Perceptron([1, 1], threshold=1)
through = Perceptron([0, 0, 1], threshold=0.5)
adder = PerceptronNetwork([[nand, either, both], [through, Perceptron([1, 1, 0], threshold=1)]])
middle, answers = adder.activations(SQUARE)
print("Two layers of them, weights set by hand, add two bits. The sum bit is XOR: NAND and OR, joined by AND.")
print("  a  b   NAND  OR  AND   carry  sum   read as a number")
for (a, b), (m, o, n), (carry, total) in zip(SQUARE, middle, answers, strict=True):
    print(f"  {a}  {b}   {m:4}  {o:2}  {n:3}   {carry:5}  {total:3}   {a} + {b} = {2 * carry + total}")
right = sum(2 * carry + total == a + b for (a, b), (carry, total) in zip(SQUARE, answers, strict=True))
print(f"{right} of 4 sums are right.")
