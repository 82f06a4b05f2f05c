"""Measure glassnet and its peers on the networks of `families`. Called by `run.py`; by itself it measures these only."""

import argparse
import contextlib
import statistics
import tempfile

import environment
import families
import family_table
import peers
from process import Peer, PeerFailedError


def measure_steps(family, names, path, variables, rounds, failures):
    """One process for each peer, then rounds in which each is measured in turn. Returns {peer: report}."""
    found = {}
    with contextlib.ExitStack() as stack:
        processes = {}
        for name in names:
            process = stack.enter_context(Peer(name, family.name, path, variables, worker="family_worker.py"))
            try:
                found[name] = process.answer() | {"rounds": []}
                processes[name] = process
            except PeerFailedError as error:
                failures.append(f"{family.name}: {error}")
        for number in range(rounds):
            for name, process in processes.items():
                found[name]["rounds"].append(process.ask(do="measure", seconds=0.3)["us"])
                if number == rounds - 1 and family.name == families.PREDICTED:
                    found[name]["predict_us"] = process.ask(do="predict")["us"]
    usual = statistics.median(report["loss"] for report in found.values()) if found else 0
    for name, report in found.items():
        report["us"] = statistics.median(report["rounds"])
        report["same_loss"] = abs(report["loss"] - usual) <= families.SAME_LOSS * usual
        if not report["same_loss"]:
            failures.append(f"{family.name}: {name} has a loss of {report['loss']:.5f}, the median is {usual:.5f}")
    family_table.steps(family, found)
    return found


def measure_memory(names, path, variables, variants):
    """Megabytes that training takes, each peer in a new process: what building and training added, and the process's peak."""
    found = {}
    for name in names:
        with Peer(name, families.MEMORY, path, variables, variants[name], worker="family_worker.py") as process:
            found[name] = process.ask(do="memory")
    return found


def measure_cold_compile(path, variables):
    """Seconds of glassnet's first training of a CNN beyond what the same training takes later, with no kernel cached."""
    with contextlib.ExitStack() as stack:
        empty = variables | {"GLASSNET_CACHE": stack.enter_context(tempfile.TemporaryDirectory())}
        return stack.enter_context(Peer("glassnet", families.COLD, path, empty, worker="family_worker.py")).answer()[
            "first_calls_s"
        ]


def measure(names, chosen, directory, variables, rounds, failures):
    """All that these networks are measured by. Returns the numbers; prints the tables."""
    paths = {name: f"{directory}/family{i}.npz" for i, name in enumerate(families.FAMILIES)}
    names = [name for name in peers.FAMILIES if name in names]
    results = {"steps": {}}
    for name in chosen:
        families.write(families.FAMILIES[name], paths[name])
        results["steps"][name] = measure_steps(families.FAMILIES[name], names, paths[name], variables, rounds, failures)
    if families.PREDICTED in chosen:
        found = results["steps"][families.PREDICTED]
        results["predict_us"] = {name: report["predict_us"] for name, report in found.items()}
        variants = {name: report["variant"] for name, report in found.items()}
        results["memory"] = measure_memory(list(found), paths[families.MEMORY], variables, variants)
    if families.COLD in chosen and "glassnet" in names:
        results["cold_compile_s"] = measure_cold_compile(paths[families.COLD], variables)
    family_table.bars(results)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--family", choices=families.FAMILIES, action="append", help="only this network (may be repeated)")
    parser.add_argument("--peers", nargs="+", choices=peers.FAMILIES, default=list(peers.FAMILIES), metavar="PEER")
    options = parser.parse_args()
    environment.limit_processors(options.threads)
    variables, _ = environment.for_peers(options.threads, keep=False)
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        measure(options.peers, options.family or list(families.FAMILIES), directory, variables, options.rounds, failures)
    for failure in failures:
        print(failure)


if __name__ == "__main__":
    main()
