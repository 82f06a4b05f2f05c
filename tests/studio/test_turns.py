"""Trainings that take turns: no more at once than there are places, each in the order in which it came."""

import threading
import time

from glassnet.studio.turns import Turns


def test_only_so_many_work_at_once_and_everybody_comes():
    turns, working, most, done = Turns(2), set(), [], []
    lock = threading.Lock()

    def work(name):
        for _ in range(50):
            turns.take()
            with lock:
                working.add(name)
                most.append(len(working))
            time.sleep(0.0005)
            with lock:
                working.discard(name)
            turns.give()
        done.append(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert sorted(done) == list(range(6))


def test_who_has_a_place_keeps_it_where_nobody_waits_and_gives_it_once():
    turns = Turns(1)
    turns.take()
    turns.take()
    turns.give()
    turns.give()
    turns.take()
    assert turns._free == 0


def test_who_does_not_want_a_place_any_more_waits_no_longer():
    turns, wanted, took = Turns(1), threading.Event(), []
    wanted.set()
    turns.take()
    waiting = threading.Thread(target=lambda: took.append(turns.take(wanted.is_set)))
    waiting.start()
    wanted.clear()
    turns.ask_again()
    waiting.join(10)
    assert took == [False]
    turns.give()
    assert turns.take()
