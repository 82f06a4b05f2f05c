"""Where the boxes of a graph are drawn: in ranks, with few crossings, and room for the lines that pass them by.

Source: Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981).
"""

from statistics import fmean

SWEEPS = 8


class Layout:
    """Places of the nodes of a graph without cycles.

    Arguments:
        widths: `{node: width}`, in an order in which each node comes behind those it reads.
        links: Pairs of a node and one that reads it.
        gap, rank_gap: Room between neighbours, and from one rank to the next.
        heights: Height of all nodes.

    Attributes: `places` (`{node: (x, y)}` of centres), `lines` (`{link: [(x, y), ...]}`, one point in each rank passed), `size`.
    """

    def __init__(self, widths, links, height, gap=26, rank_gap=46):
        rank = {}
        for node in widths:
            rank[node] = 1 + max((rank[source] for source, target in links if target == node), default=-1)
        for node in widths:  # an input stands just above its first reader, not far from it
            readers = [rank[target] for source, target in links if source == node]
            if readers and not any(target == node for _, target in links):
                rank[node] = min(readers) - 1
        ranks, paths = [[] for _ in range(1 + max(rank.values()))], {}
        for node in widths:
            ranks[rank[node]].append(node)
        self._widths = dict(widths)
        neighbours = {}
        for link in links:
            source, target = link
            passed = [(link, between) for between in range(rank[source] + 1, rank[target])]
            for point in passed:  # a line that passes a rank takes room there, as a thin node
                ranks[point[1]].append(point)
                self._widths[point] = 14
            paths[link] = [source, *passed, target]
            for above, below in zip(paths[link], paths[link][1:], strict=False):
                neighbours.setdefault(above, ([], []))[1].append(below)
                neighbours.setdefault(below, ([], []))[0].append(above)
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for number in range(1, len(ranks)) if down else range(len(ranks) - 2, -1, -1):
                before = {node: at for at, node in enumerate(ranks[number - 1 if down else number + 1])}
                own = {node: at for at, node in enumerate(ranks[number])}

                def middle(node, before=before, own=own, side=0 if down else 1):
                    found = [before[other] for other in neighbours.get(node, ([], []))[side] if other in before]
                    return fmean(found) if found else own[node]

                ranks[number].sort(key=middle)
        across = self._across(ranks, neighbours, gap)
        low = min(across[node] - self._widths[node] / 2 for node in across)
        high = max(across[node] + self._widths[node] / 2 for node in across)
        where = {
            node: (across[node] - low + gap / 2, number * (height + rank_gap) + height / 2 + gap / 2)
            for number, nodes in enumerate(ranks)
            for node in nodes
        }
        self.places = {node: where[node] for node in widths}
        self.lines = {link: [where[point] for point in path] for link, path in paths.items()}
        self.size = high - low + gap, len(ranks) * (height + rank_gap) - rank_gap + gap

    def _across(self, ranks, neighbours, gap):
        """The centre of each node: drawn towards its neighbours, pushed apart within its rank."""
        across = {}
        for nodes in ranks:
            whole = sum(self._widths[node] for node in nodes) + gap * (len(nodes) - 1)
            left = -whole / 2
            for node in nodes:
                across[node] = left + self._widths[node] / 2
                left += self._widths[node] + gap
        for sweep in range(SWEEPS):
            for nodes in ranks if sweep % 2 else reversed(ranks):
                wanted = []
                for node in nodes:
                    near = [across[other] for side in neighbours.get(node, ([], [])) for other in side]
                    wanted.append(fmean(near) if near else across[node])
                least = [(self._widths[a] + self._widths[b]) / 2 + gap for a, b in zip(nodes, nodes[1:], strict=False)]
                right = list(wanted)
                for at, room in enumerate(least):
                    right[at + 1] = max(right[at + 1], right[at] + room)
                left = list(wanted)
                for at in range(len(least) - 1, -1, -1):
                    left[at] = min(left[at], left[at + 1] - least[at])
                across.update((node, (a + b) / 2) for node, a, b in zip(nodes, left, right, strict=True))
        return across
