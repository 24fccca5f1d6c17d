#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An engine that is asked to end does so at once and in order, whatever it is doing.

What it is: SIGTERM in the middle of things, and what the next start makes of it. What it is
not: crashes, which are test_kill.py. With sanitizers it also proves that nothing is freed
too early and nothing is forgotten.
"""

import os
import signal
import subprocess
import time

from engines import PATIENCE_S, SANITIZED, World, check, run, same_content, wait_until

FILE_BYTES = 16 << 20
RATE = "20M"
# The engine gives itself 3 s; it should never need them.
STOP_S = 10 if SANITIZED else 2


def stop(node):
    """Asks the engine to end; checks that it was quick and quiet."""
    began = time.monotonic()
    code = node.kill(signal.SIGTERM)
    check(code == 0, node.name, "ended with", code, node.log_tail())
    took = time.monotonic() - began
    check(took < STOP_S, node.name, "took", took, "s to end", node.log_tail())
    check('event=ended reason="asked to"' in node.log_tail(3), "something stayed in flight:",
          node.log_tail(5))


def moving(world, osaka, tokyo, name):
    """Starts a slow send and waits until bytes have arrived."""
    source = world.random_file(name, FILE_BYTES)
    osaka.hft("send", source, "tokyo", "--limit-rate", RATE, "--detach")

    def arrives():
        return any(entry.endswith(".part") and
                   os.stat(os.path.join(tokyo.inbox, entry)).st_blocks > 0
                   for entry in os.listdir(tokyo.inbox))

    wait_until(arrives, "bytes arrive")
    return source


def arrived(source, target):
    return os.path.exists(target) and same_content(source, target)


def an_idle_engine_ends_at_once():
    with World() as world:
        osaka = world.node("osaka")
        osaka.start()
        stop(osaka)
        check(not os.path.exists(osaka.socket), "the control socket was left behind")


def sender_stops_and_goes_on(keys):
    with World() as world:
        osaka, tokyo = world.pair("retrytime = 1\n" + keys)
        osaka.start()
        tokyo.start()
        source = moving(world, osaka, tokyo, "one.dat")
        stop(osaka)
        check(not os.path.exists(tokyo.inbox_path("one.dat")), "published before it was whole")
        osaka.start()
        wait_until(lambda: arrived(source, tokyo.inbox_path("one.dat")), "the file arrives")
        stop(tokyo)
        stop(osaka)


def receiver_stops_and_the_sender_goes_on(keys):
    with World() as world:
        osaka, tokyo = world.pair("retrytime = 1\n" + keys)
        osaka.start()
        tokyo.start()
        source = moving(world, osaka, tokyo, "two.dat")
        stop(tokyo)
        tokyo.start()
        wait_until(lambda: arrived(source, tokyo.inbox_path("two.dat")), "the file arrives")
        stop(osaka)
        stop(tokyo)


def a_sender_stops_and_goes_on():
    sender_stops_and_goes_on("")


def a_sender_over_epoll_stops_and_goes_on():
    sender_stops_and_goes_on("io_engine = epoll")


def a_receiver_stops_and_the_sender_goes_on():
    receiver_stops_and_the_sender_goes_on("")


def a_receiver_over_epoll_stops_and_the_sender_goes_on():
    receiver_stops_and_the_sender_goes_on("io_engine = epoll")


def a_stop_does_not_wait_for_clients():
    with World() as world:
        osaka, tokyo = world.pair()
        osaka.start()
        tokyo.start()
        source = world.random_file("three.dat", FILE_BYTES)
        # They stay for a while, because an engine may come back.
        for verb in (("send", source, "tokyo", "--limit-rate", "1M"), ("watch",)):
            osaka.spawn_hft(*verb, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: os.listdir(tokyo.inbox), "the transfer begins")
        stop(osaka)
        stop(tokyo)


def two_engines_never_share_a_state_folder():
    with World() as world:
        osaka = world.node("osaka")
        osaka.start()
        second = subprocess.run(osaka.engine_arguments(), capture_output=True, text=True,
                                timeout=PATIENCE_S, check=False)
        check(second.returncode == 1, "the second ended with", second.returncode)
        check("is owned by node osaka" in second.stderr, second.stderr)
        check(osaka.hft("status", check_exit=False).returncode == 0, "the first is hurt")
        stop(osaka)


def a_start_that_fails_says_why():
    with World() as world:
        osaka, tokyo = world.pair()
        osaka.start()
        tokyo.port = osaka.port
        tokyo.write_config()
        for keys, part in (([], "cannot listen on 127.0.0.1"),
                           (["--config", "/nowhere/hft.conf"], "cannot read the configuration"),
                           (["--services", "all"], "allowed: a list of send, receive")):
            failed = subprocess.run(tokyo.engine_arguments() + keys, capture_output=True,
                                    text=True, timeout=PATIENCE_S, check=False)
            check(failed.returncode == 1, "ended with", failed.returncode, failed.stderr)
            check(part in failed.stderr, failed.stderr)
        stop(osaka)


if __name__ == "__main__":
    run(an_idle_engine_ends_at_once, a_sender_stops_and_goes_on,
        a_sender_over_epoll_stops_and_goes_on, a_receiver_stops_and_the_sender_goes_on,
        a_receiver_over_epoll_stops_and_the_sender_goes_on, a_stop_does_not_wait_for_clients,
        two_engines_never_share_a_state_folder, a_start_that_fails_says_why, at_once=2)
