"""Moving the pixels of images at random while training: rotated, shifted, zoomed, mirrored, distorted."""

import math

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import (
    ADD,
    BATCH,
    CONSTS,
    SCRATCH,
    SEED,
    STEP,
    TRAINING,
    columns,
    compiled,
    half_of_batch,
    inline,
    vector,
)
from glassnet.engine.kernels.random import random_key, random_uniform

X, A, MOTION, HEIGHT, WIDTH, CHANNELS, FILL, NEAREST, FLIPS, RADIUS, DX = columns(11)
CONSTANT, REFLECT, WRAP, CLAMP = range(4)
"""What lies outside of an image: a constant; the image mirrored at its edge; the image again; its outermost pixels."""
LEFT_RIGHT, UP_DOWN = 1, 2
"""Bits of FLIPS."""
VALUE, ROTATION, HEIGHT_ZOOM, WIDTH_ZOOM, HEIGHT_SHIFT, WIDTH_SHIFT, ALIKE, RANGES_END = 0, 1, 3, 5, 7, 9, 11, 12
"""Constants of the affine operation: what the outside is filled with; lowest and highest of each range; whether the width is
zoomed as much as the height."""
DRAWS = 8
"""Random numbers that an example may take."""
WORK = 16
"""Multiply-adds that take as long as one number of a moved image."""
ALPHA, SIGMA = 1, 2
"""Constants of the elastic operation, behind VALUE."""


@inline
def _inside(i, n, fill):
    """The pixel of 0..n-1 that stands at place i, or -1 where there is none."""
    if 0 <= i < n:
        return i
    if fill == REFLECT:
        i = i % (2 * n)
        return i if i < n else 2 * n - 1 - i
    if fill == WRAP:
        return i % n
    if fill == CLAMP:
        return 0 if i < 0 else n - 1
    return -1


@inline
def _corners(y, x, nearest):
    """The upper left of the four pixels around a place, and how far the place is from it, down and to the right."""
    one = type(y)(1)
    if nearest:
        return math.floor(y + one / 2), math.floor(x + one / 2), one - one, one - one
    top, left = math.floor(y), math.floor(x)
    return top, left, y - type(y)(top), x - type(x)(left)


@inline
def _read(row, m, b, y, x, to):
    """Puts the colour at the place (y, x) of image b, between pixels their weighted mean, at `to` in the output."""
    H, W, C = row[HEIGHT], row[WIDTH], row[CHANNELS]
    top, left, down, right = _corners(y, x, row[NEAREST])
    one = type(y)(1)
    if 0 <= top < H - 1 and 0 <= left < W - 1:  # all four are there, as for nearly every place
        above, below, next_row = one - down, down, W * C
        start = row[X] + ((b * H + int(top)) * W + int(left)) * C
        for c in range(C):
            upper = (one - right) * m.acts[start + c] + right * m.acts[start + C + c]
            lower = (one - right) * m.acts[start + next_row + c] + right * m.acts[start + next_row + C + c]
            m.acts[to + c] = above * upper + below * lower
        return
    pixel = vector(m.acts, to, C)
    pixel[:] = 0
    for i in range(2):
        for j in range(2):
            share = (down if i else one - down) * (right if j else one - right)
            if share != 0:
                h, w = _inside(int(top) + i, H, row[FILL]), _inside(int(left) + j, W, row[FILL])
                if h < 0 or w < 0:
                    for c in range(C):
                        pixel[c] += share * m.consts[row[CONSTS] + VALUE]
                else:
                    source = vector(m.acts, row[X] + ((b * H + h) * W + w) * C, C)
                    for c in range(C):
                        pixel[c] += share * source[c]


@inline
def _give_back(row, m, b, y, x, to):
    """Adds what the output at `to` wants changed to the pixels that it was read from."""
    H, W, C = row[HEIGHT], row[WIDTH], row[CHANNELS]
    top, left, down, right = _corners(y, x, row[NEAREST])
    wanted, one = vector(m.act_grads, to, C), type(y)(1)
    for i in range(2):
        for j in range(2):
            share = (down if i else one - down) * (right if j else one - right)
            h, w = _inside(int(top) + i, H, row[FILL]), _inside(int(left) + j, W, row[FILL])
            if share != 0 and h >= 0 and w >= 0:
                source = vector(m.act_grads, row[X] + ((b * H + h) * W + w) * C, C)
                for c in range(C):
                    source[c] += share * wanted[c]


@inline
def _draw(m, at, step, place, key):
    """A number of the range whose lowest and highest are the constants at `at`."""
    low, high = m.consts[at], m.consts[at + 1]
    return low + (high - low) * type(low)(random_uniform(step, place, key))


@inline
def _fill_motion(row, run, m, b):
    """The six numbers that lead from a place in the output to one in the image: the affine map of this example."""
    motion, key, step, c = vector(m.acts, row[MOTION] + 6 * b, 6), random_key(row[SEED]), run[STEP], row[CONSTS]
    half = motion.dtype.type(0.5)
    middle_y, middle_x = half * motion.dtype.type(row[HEIGHT] - 1), half * motion.dtype.type(row[WIDTH] - 1)
    angle = _draw(m, c + ROTATION, step, DRAWS * b, key)
    zoom_y = _draw(m, c + HEIGHT_ZOOM, step, DRAWS * b + 1, key)
    zoom_x = zoom_y if m.consts[c + ALIKE] else _draw(m, c + WIDTH_ZOOM, step, DRAWS * b + 2, key)
    shift_y = _draw(m, c + HEIGHT_SHIFT, step, DRAWS * b + 3, key)
    shift_x = _draw(m, c + WIDTH_SHIFT, step, DRAWS * b + 4, key)
    if row[FLIPS] & UP_DOWN and random_uniform(step, DRAWS * b + 5, key) < half:
        zoom_y = -zoom_y
    if row[FLIPS] & LEFT_RIGHT and random_uniform(step, DRAWS * b + 6, key) < half:
        zoom_x = -zoom_x
    cosine, sine = type(angle)(math.cos(angle)), type(angle)(math.sin(angle))
    motion[0], motion[1] = cosine * zoom_y, sine * zoom_x
    motion[3], motion[4] = -sine * zoom_y, cosine * zoom_x
    motion[2] = middle_y - motion[0] * middle_y - motion[1] * middle_x - shift_y
    motion[5] = middle_x - motion[3] * middle_y - motion[4] * middle_x - shift_x


@compiled
def affine_forward(row, run, m):
    """a[y, x] = image[m0 y + m1 x + m2, m3 y + m4 x + m5], a map m drawn for each example; a = x outside training.

    Reads x (B, H, W, C); writes motion (B, 6) and a alike x. Constants: see VALUE and those behind it.
    Source: Foley, van Dam, Feiner and Hughes, "Computer Graphics" (1990), section 5.3; bilinear interpolation, section 17.4.
    """
    H, W, C = row[HEIGHT], row[WIDTH], row[CHANNELS]
    size = H * W * C
    begin, end = half_of_batch(row, run, 1)
    for b in range(begin, end):
        motion = vector(m.acts, row[MOTION] + 6 * b, 6)
        if run[TRAINING]:
            _fill_motion(row, run, m, b)
            for h in range(H):
                for w in range(W):
                    y, x = motion.dtype.type(h), motion.dtype.type(w)
                    from_y, from_x = motion[0] * y + motion[1] * x + motion[2], motion[3] * y + motion[4] * x + motion[5]
                    _read(row, m, b, from_y, from_x, row[A] + b * size + (h * W + w) * C)
        else:
            motion[:] = 0
            motion[0] = motion[4] = 1
            _pass_on(vector(m.acts, row[X] + b * size, size), vector(m.acts, row[A] + b * size, size))


@inline
def _pass_on(source, target):
    for i in range(target.size):
        target[i] = source[i]


@compiled
def affine_backward(row, run, m):
    """dx: each output gives what it wants back to the pixels that it was read from, by their shares."""
    H, W, C = row[HEIGHT], row[WIDTH], row[CHANNELS]
    _begin_backward(row, run, m)
    for b in range(run[BATCH]):
        motion = vector(m.acts, row[MOTION] + 6 * b, 6)
        for h in range(H):
            for w in range(W):
                y, x = motion.dtype.type(h), motion.dtype.type(w)
                from_y, from_x = motion[0] * y + motion[1] * x + motion[2], motion[3] * y + motion[4] * x + motion[5]
                _give_back(row, m, b, from_y, from_x, row[A] + ((b * H + h) * W + w) * C)


@inline
def _begin_backward(row, run, m):
    if row[DX] != ADD:
        vector(m.act_grads, row[X], run[BATCH] * row[HEIGHT] * row[WIDTH] * row[CHANNELS])[:] = 0


@inline
def _blur(field, rows, cols, row_step, col_step, weights, radius, out):
    """out = field smoothed along its columns; beyond the edges there is no displacement."""
    for r in range(rows):
        for c in range(cols):
            total = weights[0] * field[r * row_step + c * col_step]
            for k in range(1, radius + 1):
                if c >= k:
                    total += weights[k] * field[r * row_step + (c - k) * col_step]
                if c + k < cols:
                    total += weights[k] * field[r * row_step + (c + k) * col_step]
            out[r * row_step + c * col_step] = total


@compiled
def elastic_forward(row, run, m):
    """a[y, x] = image[y + d0[y, x], x + d1[y, x]], with displacements d drawn for each pixel and smoothed.

    Outside training, a = x. d = alpha * (uniform numbers of -1..1, convolved with a Gaussian of standard deviation sigma), in
    pixels.

    Reads x (B, H, W, C); writes d (B, 2, H, W) and a alike x. Constants: value outside, alpha, sigma.
    Scratch: RADIUS + 1 + 2 * H * W. Source: Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks
    Applied to Visual Document Analysis" (2003), section 2.
    """
    H, W, C, radius = row[HEIGHT], row[WIDTH], row[CHANNELS], row[RADIUS]
    n, size = H * W, H * W * C
    alpha, sigma = m.consts[row[CONSTS] + ALPHA], m.consts[row[CONSTS] + SIGMA]
    weights = vector(m.scratch, row[SCRATCH], radius + 1)
    drawn, smooth = vector(m.scratch, row[SCRATCH] + radius + 1, n), vector(m.scratch, row[SCRATCH] + radius + 1 + n, n)
    one = type(alpha)(1)
    total = -one  # the middle is counted once, the others on both sides
    for k in range(radius + 1):
        weights[k] = type(alpha)(math.exp(-(k * k) / (2 * sigma * sigma)))
        total += 2 * weights[k]
    for k in range(radius + 1):
        weights[k] /= total
    key, step = random_key(row[SEED]), run[STEP]
    for b in range(run[BATCH]):
        motion = vector(m.acts, row[MOTION] + 2 * n * b, 2 * n)
        if not run[TRAINING]:
            motion[:] = 0
            _pass_on(vector(m.acts, row[X] + b * size, size), vector(m.acts, row[A] + b * size, size))
            continue
        for axis in range(2):
            for i in range(n):
                drawn[i] = alpha * (2 * type(alpha)(random_uniform(step, (2 * b + axis) * n + i, key)) - one)
            _blur(drawn, H, W, W, 1, weights, radius, smooth)
            _blur(smooth, W, H, 1, W, weights, radius, vector(m.acts, row[MOTION] + (2 * b + axis) * n, n))
        for h in range(H):
            for w in range(W):
                y, x = type(alpha)(h) + motion[h * W + w], type(alpha)(w) + motion[n + h * W + w]
                _read(row, m, b, y, x, row[A] + b * size + (h * W + w) * C)


@compiled
def elastic_backward(row, run, m):
    """dx: each output gives what it wants back to the pixels that it was read from, by their shares."""
    H, W, C = row[HEIGHT], row[WIDTH], row[CHANNELS]
    n = H * W
    _begin_backward(row, run, m)
    for b in range(run[BATCH]):
        motion = vector(m.acts, row[MOTION] + 2 * n * b, 2 * n)
        for h in range(H):
            for w in range(W):
                y, x = motion.dtype.type(h) + motion[h * W + w], motion.dtype.type(w) + motion[n + h * W + w]
                _give_back(row, m, b, y, x, row[A] + ((b * H + h) * W + w) * C)


AFFINE = Operation("random_affine", Halves(affine_forward), affine_backward)
ELASTIC = Operation("elastic_distortion", elastic_forward, elastic_backward)
