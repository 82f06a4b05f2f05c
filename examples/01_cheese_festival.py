"""Shall I go to the cheese festival? One perceptron decides, with weights set by hand.

After the first chapter of M. Nielsen, Neural Networks and Deep Learning (2015).
"""

import itertools

from glassnet import Perceptron

QUESTIONS = ("good weather", "a friend comes along", "train or bus nearby")
WEIGHTS = [6, 2, 2]
CASES = list(itertools.product((0, 1), repeat=3))

print("Three yes-or-no questions, each with a weight: how much it matters.")
for question, weight in zip(QUESTIONS, WEIGHTS, strict=True):
    print(f"  {weight}  {question}")

decisions = {}
for threshold in (5, 3):
    perceptron = Perceptron(weights=WEIGHTS, threshold=threshold)
    decisions[threshold] = perceptron.predict(CASES)
    print(f"\nGo if the weighted sum exceeds {threshold}; or, as a bias: if the sum {perceptron.bias:+.0f} exceeds 0.")
    print("  weather  friend  train   sum   go?")
    for case, above, goes in zip(CASES, perceptron.decision(CASES), decisions[threshold], strict=True):
        weather, friend, train = ("yes" if answer else "no" for answer in case)
        total = above + perceptron.threshold
        print(f"  {weather:7}  {friend:6}  {train:5}  {total:4.0f}   {'go' if goes else 'stay'}")

same_as_weather = all(goes == case[0] for goes, case in zip(decisions[5], CASES, strict=True))
either = all(goes == (case[0] or case[1] and case[2]) for goes, case in zip(decisions[3], CASES, strict=True))
print(f"\nWith threshold 5 only the weather decides: {same_as_weather}. Friend and train together weigh 4: not enough.")
print(f"With threshold 3 good weather is enough, and so are friend and train together: {either}.")
print(f"It says 'go' in {decisions[3].sum()} of 8 cases instead of {decisions[5].sum()}: it is easier to persuade.")
