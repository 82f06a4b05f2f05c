"""Measure glassnet and its peers side by side, each in a process of its own."""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment
import families
import peers
import run_families
import table
import tasks
from process import Peer, PeerFailedError

HERE = Path(__file__).parent
THREADS = 2
SAME_LOSS = 1e-3  # relative: a relu at its kink may fall either way in float32; a wrong gradient is off by far more
ACCURACY, ACCURACY_TASK, DIGIT_TASK = 0.97, "784-128-10", "784-16-16-10"
DEMO_TASKS = ("784-16-16-10", "784-128-10")


def measure_steps(task, names, path, variables, rounds, failures):
    """One process for each peer, then rounds in which each is measured in turn. Returns {peer: report}."""
    found = {}
    reference = tasks.reference_loss(task, tasks.read(path))
    with contextlib.ExitStack() as stack:
        processes = {}
        for name in names:
            process = stack.enter_context(Peer(name, task.name, path, variables))
            try:
                report = process.answer()
            except PeerFailedError as error:
                failures.append(f"{task.name}: {error}")
                continue
            if report["variants"]:
                processes[name] = process
                same = abs(report["loss"] - reference) <= SAME_LOSS * reference
                found[name] = report | {"rounds": [], "same_loss": same}
                if not same:
                    failures.append(f"{task.name}: {name} has a loss of {report['loss']:.6f}, NumPy {reference:.6f}")
        for number in range(rounds):
            for name, process in list(processes.items()):
                try:
                    found[name]["rounds"].append(process.ask(do="measure", seconds=0.3)["us"])
                    if number == rounds - 1 and task.name == DIGIT_TASK:
                        found[name]["predict_us"] = process.ask(do="predict")["us"]
                except PeerFailedError as error:
                    failures.append(f"{task.name}: {error}")
                    del processes[name], found[name]
        for report in found.values():
            report["us"] = statistics.median(report["rounds"])
    table.steps(task, found, reference)
    return found


def measure_reach(variants, path, variables, rounds, failures):
    """Time to the accuracy, each time in a new process; the median run of each peer."""
    found = {name: [] for name in variants}
    for _ in range(rounds):
        for name, variant in variants.items():
            started = time.time()
            try:
                with Peer(name, ACCURACY_TASK, path, variables, variant) as process:
                    found[name].append(process.ask(do="reach", accuracy=ACCURACY, started=started))
            except PeerFailedError as error:
                failures.append(f"time to {ACCURACY:.0%}: {error}")
    for runs in found.values():
        runs.sort(key=lambda run: run["total_s"])
    medians = {name: runs[len(runs) // 2] for name, runs in found.items() if runs}
    table.reach(medians, ACCURACY, tasks.TASKS[ACCURACY_TASK])
    return medians


def measure_imports(names, variables, rounds):
    """Seconds of `import` in a new process, the files already read once; the median."""
    found = {}
    for name in names:
        module = peers.IMPORTS[name]
        code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
        command = [sys.executable, "-c", code]
        options = {"env": variables | peers.environment(name), "capture_output": True, "text": True, "check": True}
        times = [float(subprocess.run(command, **options).stdout.split()[-1]) for _ in range(rounds + 1)]
        found[name] = statistics.median(times[1:])
    return found


def measure_cold_compile(paths, variables):
    """Seconds that glassnet's first calls take for the demo's networks when its cache of kernels is empty."""
    with tempfile.TemporaryDirectory() as cache:
        seconds = 0.0
        for name in DEMO_TASKS:
            with Peer("glassnet", name, paths[name], variables | {"GLASSNET_CACHE": cache}) as process:
                seconds += process.answer()["first_calls_s"]
    return seconds


def measure_blas(names, variables):
    command = [sys.executable, HERE / "blas.py", str(THREADS), *names]
    return json.loads(subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout)


def measure_timeline(path, variables, rounds):
    """What keeping every 100th step costs glassnet's training of the digits' network."""
    command = [sys.executable, HERE / "timeline.py", path, str(rounds)]
    return json.loads(subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 rounds in place of 7, no time to 97 %%")
    parser.add_argument("--task", choices=tasks.TASKS, action="append", help="only this dense network (may be repeated)")
    parser.add_argument("--peers", nargs="+", choices=peers.MODULES, default=list(peers.MODULES), metavar="PEER")
    parser.add_argument("--keep-environment", action="store_true", help="leave OPENBLAS_*, MKL_* and the like set")
    return parser.parse_args()


def introduce(removed, keep):
    say = table.console.print
    say(f"[bold]glassnet and its peers[/] on {environment.processor()}; {THREADS} threads each")
    if removed:
        say(f"Left out of the peers' environment, so that each library detects the processor: {', '.join(removed)}")
    if keep:
        say("The environment is kept as it is (--keep-environment).")
    if environment.load() > 0.5:
        say(f"[yellow]The machine is not quiet: load average {environment.load():.1f}. The numbers are rough.[/]")


def main():
    options = arguments()
    environment.limit_processors(THREADS)
    variables, removed = environment.for_peers(THREADS, options.keep_environment)
    introduce(removed, options.keep_environment)
    rounds = 2 if options.quick else 7
    names = options.task or list(tasks.TASKS)
    ticks, failures, steps, results = environment.ticks(), [], {}, {}
    with tempfile.TemporaryDirectory() as directory:
        variables["JAX_COMPILATION_CACHE_DIR"] = f"{directory}/jax"
        paths = {name: f"{directory}/{name}.npz" for name in {*names, *DEMO_TASKS}}
        for name, path in paths.items():
            tasks.write(tasks.TASKS[name], path)
        for name in names:
            steps[name] = measure_steps(tasks.TASKS[name], options.peers, paths[name], variables, rounds, failures)
        results["steps"] = steps
        results["blas"] = measure_blas([name for name in names if tasks.TASKS[name].data == "mnist"], variables)
        table.blas(results["blas"], steps)
        if ACCURACY_TASK in names and not options.quick:
            variants = {name: report["variant"] for name, report in steps[ACCURACY_TASK].items()}
            results["reach"] = measure_reach(variants, paths[ACCURACY_TASK], variables, 3, failures)
        measured = {name for found in steps.values() for name in found}
        results["import_s"] = measure_imports([n for n in options.peers if n in measured], variables, rounds)
        predictions = {name: report["predict_us"] for name, report in steps.get(DIGIT_TASK, {}).items()}
        table.start(results["import_s"], predictions)
        if "glassnet" in measured:
            seconds = results["cold_compile_s"] = measure_cold_compile(paths, variables)
            table.console.print(f"glassnet, first calls of the demo's networks, no kernel cached: {seconds:.1f} s")
            results["timeline"] = measure_timeline(paths[DIGIT_TASK], variables, 10 * rounds)
            table.timeline(results["timeline"], DIGIT_TASK)
        if not options.task:
            found = run_families.measure(options.peers, list(families.FAMILIES), directory, variables, rounds, failures)
            results["families"] = found
    conclude(results, ticks, failures)


def conclude(results, ticks, failures):
    """Write the results, list BLAS libraries, stolen time and failures; exit status 1 if there were failures."""
    say = table.console.print
    libraries = sorted({b for found in results["steps"].values() for report in found.values() for b in report["blas"]})
    say(f"BLAS and thread libraries found in the processes: {', '.join(libraries)}")
    for name, found in results["steps"].items():
        say(f"{name:18}{table.verdict(tasks.TASKS[name], found)}")
    everything, stolen = (now - then for now, then in zip(environment.ticks(), ticks, strict=True))
    share = stolen / max(everything, 1)
    if share > 0.01:
        say(f"[yellow]{share:.0%} of the processor time went to other guests of this host. The numbers are rough.[/]")
    results |= {"processor": environment.processor(), "threads": THREADS, "stolen": share, "failures": failures}
    path = HERE / "results" / time.strftime("bench-%Y%m%d-%H%M%S.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1))
    say(f"All numbers: {path}")
    for failure in failures:
        say(f"[red]{failure}[/]")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
