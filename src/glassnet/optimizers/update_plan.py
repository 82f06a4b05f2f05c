"""From an optimizer to the nodes of one update: gather gradients, clip, decay weights, follow the rule, average."""

from glassnet.engine.kernels.clip import CLIP_GLOBAL_NORM, CLIP_NORM, CLIP_VALUE
from glassnet.engine.kernels.update import ACCUMULATE, AVERAGE, MULTIPLY_RATE, WEIGHT_DECAY, WORK


def plan_update(graph, optimizer, kept, places, multipliers=None):
    """Adds the nodes (phase `"update"`) of one update.

    Arguments:
        graph: `Graph`.
        optimizer: `Optimizer`.
        kept: Its `Slots`.
        places: Pairs of where a variable lies in params and its index in `kept.trained`.
        multipliers: `{variable: factor}` of the learning rate, where it is not 1.
    """
    every = optimizer.gradient_accumulation_steps or 1
    places = sorted(places)
    ranges = merge(kept, places)

    def add(operation, ranges, slot=None, *more):
        for start, size, offset in ranges:
            sizes = (every, start, size, kept.starts.get(slot, 0) + offset, kept.size, kept.scalars, *more)
            graph.add(operation, sizes=sizes, constants=constants(optimizer, operation), phase="update", work=WORK * size)

    if every > 1:
        add(ACCUMULATE, ranges, "gradient_accumulator")
    if optimizer.clipvalue:
        add(CLIP_VALUE, ranges)
    if optimizer.clipnorm:
        add(CLIP_NORM, [range_ for place in places for range_ in merge(kept, [place])])
    if optimizer.global_clipnorm:
        pairs = [number for start, size, _ in ranges for number in (start, size)]
        limit = constants(optimizer, CLIP_GLOBAL_NORM)
        graph.add(CLIP_GLOBAL_NORM, sizes=(every, len(ranges), *pairs), constants=limit, phase="update")
    if optimizer.once_a_step is not None:
        add(optimizer.once_a_step, ranges[:1])
    slot = next((slot for group in optimizer.slot_groups() for slot in group), None)
    before = 1.0
    for factor, part in by_rate(kept, places, multipliers or {}):
        if factor != before:
            graph.add(MULTIPLY_RATE, constants=(factor / before,), phase="update")
            before = factor
        if optimizer.weight_decay is not None:
            add(WEIGHT_DECAY, merge(kept, [place for place in part if optimizer.decays(kept.trained[place[1]])]))
        add(optimizer.operation(), merge(kept, part), slot)
    if optimizer.use_ema:
        add(AVERAGE, ranges, "average", optimizer.ema_overwrite_frequency or 0)


def by_rate(kept, places, multipliers):
    """`[(factor of the learning rate, places)]`, those whose rate is the optimizer's own first; without those whose factor is 0,
    which are left as they are."""
    groups = {1.0: []}
    for place in places:
        factor = multipliers.get(kept.trained[place[1]], 1.0)
        if factor > 0:
            groups.setdefault(factor, []).append(place)
    return [(factor, part) for factor, part in groups.items() if part]


def constants(optimizer, operation):
    """The constants of one of the nodes that `plan_update` adds, from the optimizer's arguments as they are now."""
    around = {
        ACCUMULATE: (),
        CLIP_VALUE: (optimizer.clipvalue,),
        CLIP_NORM: (optimizer.clipnorm,),
        CLIP_GLOBAL_NORM: (optimizer.global_clipnorm,),
        WEIGHT_DECAY: (optimizer.weight_decay,),
        AVERAGE: (optimizer.ema_momentum, 1 - optimizer.ema_momentum),
    }
    return around[operation] if operation in around else optimizer.constants()


def structure(optimizer):
    """What a plan fixes: an optimizer for which this has changed needs another one."""
    arguments = (
        bool(optimizer.clipvalue),
        bool(optimizer.clipnorm),
        bool(optimizer.global_clipnorm),
        optimizer.weight_decay is None,
        optimizer.use_ema,
        optimizer.ema_overwrite_frequency,
        optimizer.gradient_accumulation_steps,
    )
    return optimizer.operation(), arguments


def merge(kept, places):
    """`[start in params, elements, start in a slot]`: places that follow each other in both make one range."""
    ranges = []
    for start, index in places:
        slot, size = kept.offsets[index], kept.trained[index].size
        if ranges and ranges[-1][0] + ranges[-1][1] == start and ranges[-1][2] + ranges[-1][1] == slot:
            ranges[-1][1] += size
        else:
            ranges.append([start, size, slot])
    return ranges
