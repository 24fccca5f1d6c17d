# SPDX-License-Identifier: Apache-2.0
"""Engines under test: made in a folder of their own, started, killed, asked.

What it is: what every end-to-end test needs to run the two programs as a user would. What
it is not: a test. Its one idea: only processes started here are ever ended, by
their own id, and everything lies below one folder that is removed at the end.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("HFT_BUILD") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "gcc")
SANITIZED = bool(os.environ.get("HFT_SANITIZE"))
LONG = os.environ.get("HFT_LONG") == "1"

# How long anything may take before the test calls it hung. Sanitizers cost a factor.
PATIENCE_S = 120 if SANITIZED else 30


class Failure(Exception):
    """What was claimed did not hold."""


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(part) for part in what))


def program(name):
    path = os.path.join(BUILD, name)
    check(os.access(path, os.X_OK), "no program at", path, ": build first")
    return path


def can_bind(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """A port nobody listens on now, below those that the kernel gives to whoever connects: an
    engine that is killed must find its port free when it starts again, while others connect.
    A test that loses the race for one all the same says so by the engine's own sentence."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as limits:
        first_given = int(limits.read().split()[0])
    dice = random.SystemRandom()
    for _ in range(100):
        port = dice.randrange(min(10000, first_given - 1000), first_given)
        if can_bind(port):
            return port
    raise Failure("no free port")


def wait_until(condition, what, patience_s=None):
    deadline = time.monotonic() + (patience_s or PATIENCE_S)
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise Failure("waited in vain: " + what)


class Node:
    """One engine with its state, its configuration and its inbox."""

    def __init__(self, world, name, engine_keys=""):
        self.world = world
        self.name = name
        self.folder = os.path.join(world.folder, name)
        self.inbox = os.path.join(self.folder, "inbox")
        self.config = os.path.join(self.folder, "hft.conf")
        self.socket = os.path.join(self.folder, "control.sock")
        self.log_path = os.path.join(self.folder, "engine.log")
        self.port = free_port()
        self.engine_keys = engine_keys
        self.sections = []
        self.process = None
        self.starts = 0
        os.makedirs(self.inbox)
        self.write_config()
        self.fingerprint = self.identity()

    def write_config(self):
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(f"[engine]\nname = {self.name}\nlisten = 127.0.0.1\n"
                      f"receive_port = {self.port}\nservices = send, receive\n"
                      f"{self.engine_keys}\n")
            out.write("\n".join(self.sections))

    def engine_arguments(self):
        return [program("hft-engine"), "--config", self.config, "--state-dir",
                os.path.join(self.folder, "state"), "--socket", self.socket]

    def identity(self):
        done = subprocess.run(self.engine_arguments() + ["--identity"], check=True,
                              capture_output=True, text=True, timeout=PATIENCE_S)
        return [word for word in done.stdout.split() if word.startswith("SHA256:")][0]

    def knows(self, other, keys=""):
        self.sections.append(f"[host {other.name}]\naddress = 127.0.0.1\n"
                             f"receive_port = {other.port}\n"
                             f"fingerprint = {other.fingerprint}\n{keys}\n")

    def receives(self, keys="", section="receive *"):
        self.sections.append(f"[{section}]\nfolder = {self.inbox}\n{keys}\n")

    def start(self):
        check(self.process is None, self.name, "runs already")
        self.write_config()
        self.starts += 1
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.world.wrapper + self.engine_arguments(),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.is_ready, f"{self.name} gets ready; its log: {self.log_path}")

    def is_ready(self):
        check(self.process.poll() is None, self.name, "ended at its start:\n" + self.log_tail())
        return self.hft("status", check_exit=False).returncode == 0

    def kill(self, number=signal.SIGKILL):
        """Ends the engine by its process id."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE_S)
        self.process = None
        return code

    def log_tail(self, lines=30):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def hft_arguments(self, *arguments):
        return [program("hft"), "--socket", self.socket, *map(str, arguments)]

    def hft(self, *arguments, check_exit=True, timeout=None):
        done = subprocess.run(self.hft_arguments(*arguments), capture_output=True, text=True,
                              timeout=timeout or PATIENCE_S * 4, check=False)
        if check_exit:
            check(done.returncode == 0, "hft", *arguments, "ended with", done.returncode, ":",
                  done.stdout, done.stderr)
        return done

    def hft_json(self, *arguments, **options):
        done = self.hft("--json", *arguments, **options)
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def spawn_hft(self, *arguments, **options):
        process = subprocess.Popen(self.hft_arguments(*arguments), **options)
        self.world.children.append(process)
        return process

    def inbox_path(self, name):
        return os.path.join(self.inbox, name)


class World:
    """A folder with nodes in it. Use as `with World() as world:`."""

    def __init__(self, wrapper=None, base=None):
        self.wrapper = wrapper or []
        base = base or os.environ.get("HFT_TEST_FOLDER") or "/var/tmp"
        self.folder = tempfile.mkdtemp(prefix="hft-test-", dir=base)
        self.nodes = []
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for process in self.children + [node.process for node in self.nodes if node.process]:
            if process.poll() is None:
                process.kill()
                process.wait()
        if kind is not None:
            for node in self.nodes:
                print(f"-- the end of {node.name}'s log:\n{node.log_tail()}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def node(self, name, engine_keys=""):
        node = Node(self, name, engine_keys)
        self.nodes.append(node)
        return node

    def pair(self, engine_keys="", host_keys="", receive_keys=""):
        """A sender `osaka` and a receiver `tokyo` that know each other; not started."""
        osaka = self.node("osaka", engine_keys)
        tokyo = self.node("tokyo", engine_keys)
        osaka.knows(tokyo, host_keys)
        tokyo.knows(osaka)
        tokyo.receives(receive_keys)
        osaka.receives()
        return osaka, tokyo

    def random_file(self, name, size):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            left = size
            while left > 0:
                left -= out.write(os.urandom(min(left, 1 << 22)))
        return path


def same_content(one, other):
    with open(one, "rb") as a, open(other, "rb") as b:
        while True:
            left, right = a.read(1 << 22), b.read(1 << 22)
            if left != right:
                return False
            if not left:
                return True


class Running:
    """A test in a process of its own; what it says is kept until its turn to be printed."""

    def __init__(self, test):
        self.output = tempfile.TemporaryFile()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(self.output.fileno(), 1)
            os.dup2(self.output.fileno(), 2)
            os._exit(judge(test))

    def print_output(self):
        self.output.seek(0)
        print(self.output.read().decode(errors="replace"), end="", flush=True)
        self.output.close()


def judge(test):
    """Runs one test and says how it went: 0 or 1."""
    began = time.monotonic()
    verdict = "passed"
    try:
        test()
    except Failure as failure:
        verdict = f"FAILED: {failure}"
    except BaseException as failure:  # pylint: disable=broad-except
        traceback.print_exc()
        verdict = f"FAILED: {type(failure).__name__}: {failure}"
    sys.stderr.flush()
    print(f"{test.__name__}: {verdict} ({time.monotonic() - began:.1f} s)", flush=True)
    return 0 if verdict == "passed" else 1


def leave(number, _):
    sys.exit(f"ended by signal {number}")


def run(*tests, at_once=1):
    """Runs test functions, so many at once; prints what they say in the order given; exits as
    ctest expects it. Most of a test is waiting, so two cores carry several of them."""
    signal.signal(signal.SIGTERM, leave)  # so that no folder stays behind
    began = {}
    codes = {}
    printed = 0
    while printed < len(tests):
        while len(began) < len(tests) and len(began) - len(codes) < at_once:
            test = Running(tests[len(began)])
            began[test.pid] = test
        pid, status = os.wait()
        codes[pid] = os.waitstatus_to_exitcode(status)
        for pid in list(began)[printed:]:
            if pid not in codes:
                break
            began[pid].print_output()
            printed += 1
    failed = sum(code != 0 for code in codes.values())
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
