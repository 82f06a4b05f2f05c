"""A small transformer reads Python's help texts and goes on writing: what it looks at while it does is there to see."""

import sys
from pydoc_data.topics import topics

import numpy as np

from glassnet import Input, Model, layers, losses, optimizers, utils

SMALL = "small" in sys.argv
PLACES, FEATURES, HEADS, BLOCKS, STEPS, BATCH = 64, 64, 4, 2, 60 if SMALL else 3000, 32

text = " ".join(" ".join(topics[name].replace("*", "").split()) for name in sorted(topics))[: 50_000 if SMALL else 400_000]
letters = sorted(set(text))
codes = np.array([letters.index(letter) for letter in text], "uint8")
utils.set_random_seed(1)

tokens = Input((PLACES,))
h = layers.Embedding(len(letters), FEATURES)(tokens)
h = layers.Add()([h, layers.PositionEmbedding(PLACES)(h)])
for block in range(BLOCKS):
    n = layers.LayerNormalization()(h)
    attention = layers.MultiHeadAttention(HEADS, FEATURES // HEADS, name=f"attention_{block + 1}")
    h = layers.Add()([h, attention(n, n, use_causal_mask=True)])
    n = layers.LayerNormalization()(h)
    h = layers.Add()([h, layers.Dense(FEATURES)(layers.Dense(4 * FEATURES, activation="gelu")(n))])
model = Model(tokens, layers.Dense(len(letters))(layers.LayerNormalization()(h)))
model.compile(optimizers.Adam(0.002), losses.SparseCategoricalCrossentropy(from_logits=True))
print(f"{len(text):,} letters of {len(letters)} kinds; {BLOCKS} blocks of {HEADS} heads, {model.count_params():,} parameters.\n")

at = np.random.default_rng(1).integers(0, len(codes) - PLACES - 1, STEPS * BATCH)[:, None] + np.arange(PLACES)
bits = model.evaluate(codes[at[:500]], codes[at[:500] + 1], verbose=0) / np.log(2)
print(f"before: {bits:.2f} bits a letter (guessing: {np.log2(len(letters)):.2f})")
model.fit(codes[at], codes[at + 1], batch_size=BATCH, verbose=0)
bits = model.evaluate(codes[at[:500]], codes[at[:500] + 1], verbose=0) / np.log(2)
print(f"after {STEPS:,} steps: {bits:.2f} bits a letter\n")

random, written = np.random.default_rng(2), list(codes[:PLACES])
for _ in range(60 if SMALL else 300):
    scores = model.predict(np.array([written[-PLACES:]]), verbose=0)[0, -1].astype("float64") / 0.7
    shares = np.exp(scores - scores.max())
    written.append(int(random.choice(len(letters), p=shares / shares.sum())))
told = "".join(letters[code] for code in written)
print(f"given: {told[:PLACES]}")
print("\n".join(f"       {told[start : start + 80]}" for start in range(PLACES, len(told), 80)))

maps = model.trace(np.array([written[:PLACES]]))["attention_1/attention"][0]
print("\nWhat the last place looks at in the first block:")
for head in range(HEADS):
    seen = np.argsort(-maps[head, -1])[:4]
    print(f"  head {head + 1}: " + ", ".join(f"{told[s]!r} {PLACES - 1 - s} back ({maps[head, -1, s]:.0%})" for s in seen))
