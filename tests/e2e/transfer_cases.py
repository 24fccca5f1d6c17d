# SPDX-License-Identifier: Apache-2.0
"""What a user does with two engines, one case each; run over io_uring and without it.

test_transfer.py and test_transfer_epoll.py run all of these; they differ only in what the
kernel allows the engines.
"""

import os
import signal
import stat
import subprocess
import threading
import time

from engines import PATIENCE_S, World, check, same_content, wait_until

AT_ONCE = 4  # cases side by side; each has engines of its own
FAST = "dead_after = 300\nretrytime = 1\nretrycnt = 30\nsockerr_autoretry = 30\n"


def without_io_uring(build):
    return [os.path.join(build, "tests", "kernel_without_io_uring")]


def cases(wrapper):
    """The cases, bound to what every engine is started under."""

    def started(**options):
        world = World(wrapper)
        osaka, tokyo = world.pair(**options)
        tokyo.start()
        osaka.start()
        return world, osaka, tokyo

    def expect_engine():
        world, osaka, _ = started()
        with world:
            status = [e for e in osaka.hft_json("status") if e["event"] == "status"][0]
            wanted = "epoll" if wrapper else "uring"
            check(status["engine"]["io"] == wanted, "runs over", status["engine"]["io"])

    def sizes_arrive_whole():
        world, osaka, tokyo = started()
        with world:
            for size in (0, 1, 4095, 4096, 65537, (1 << 20) - 1, 1 << 20, (1 << 20) + 1,
                         5 * (1 << 20) + 3):
                source = world.random_file(f"f{size}", size)
                osaka.hft("send", source, "tokyo")
                check(same_content(source, tokyo.inbox_path(f"f{size}")), "size", size)
            left = [name for name in os.listdir(tokyo.inbox) if name.endswith(".part")]
            check(not left, "part files are left:", left)

    def another_name_and_replace():
        world, osaka, tokyo = started()
        with world:
            first = world.random_file("first", 100000)
            second = world.random_file("second", 200000)
            osaka.hft("send", first, "tokyo:target.dat")
            osaka.hft("send", second, "tokyo:target.dat")
            check(same_content(second, tokyo.inbox_path("target.dat")), "not replaced")
            mode = stat.S_IMODE(os.stat(tokyo.inbox_path("target.dat")).st_mode)
            check(mode == 0o640, "permissions are", oct(mode))

    def mode_new_refuses():
        world, osaka, tokyo = started(receive_keys="mode = new")
        with world:
            source = world.random_file("once", 70000)
            osaka.hft("send", source, "tokyo")
            again = osaka.hft("send", source, "tokyo", check_exit=False)
            check(again.returncode == 1, "exit", again.returncode)
            check("906" in again.stderr, "no reason:", again.stderr)
            check(same_content(source, tokyo.inbox_path("once")), "damaged")

    def mode_append_adds():
        world, osaka, tokyo = started(receive_keys="mode = append")
        with world:
            first = world.random_file("a1", 1500000)
            second = world.random_file("a2", 70001)
            osaka.hft("send", first, "tokyo:log")
            osaka.hft("send", second, "tokyo:log")
            with open(first, "rb") as a, open(second, "rb") as b:
                wanted = a.read() + b.read()
            with open(tokyo.inbox_path("log"), "rb") as target:
                check(target.read() == wanted, "not appended")

    def two_lanes():
        world, osaka, tokyo = started(host_keys="lanes = 2")
        with world:
            source = world.random_file("wide", 48 << 20)
            osaka.hft("send", source, "tokyo")
            check(same_content(source, tokyo.inbox_path("wide")), "differs")

    def a_pipe():
        world, osaka, tokyo = started()
        with world:
            source = world.random_file("piped", (7 << 20) + 5)
            fifo = os.path.join(world.folder, "fifo")
            os.mkfifo(fifo)
            send = osaka.spawn_hft("send", fifo, "tokyo:from-pipe")
            with open(fifo, "wb") as pipe:
                writer = subprocess.Popen(["cat", source], stdout=pipe)
            world.children.append(writer)
            writer.wait(timeout=PATIENCE_S)
            check(send.wait(timeout=PATIENCE_S) == 0, "hft send failed")
            check(same_content(source, tokyo.inbox_path("from-pipe")), "differs")

    def digest_agrees():
        world, osaka, _ = started()
        with world:
            source = world.random_file("digested", (3 << 20) + 7)
            osaka.hft("send", source, "tokyo")
            logged = osaka.hft_json("log", "send")[-1]
            digest = osaka.hft("digest", source).stdout.split()[0]
            check(logged.get("digest") == digest, logged.get("digest"), "is not", digest)

    def unknown_host_and_file():
        world, osaka, _ = started()
        with world:
            source = world.random_file("x", 10)
            check(osaka.hft("send", source, "kyoto", check_exit=False).returncode == 6, "host")
            check(osaka.hft("send", source + "-not", "tokyo", check_exit=False).returncode == 6,
                  "file")
            check(osaka.hft("send", "/tmp", "tokyo", check_exit=False).returncode in (1, 2),
                  "folder")

    def nobody_listens():
        world = World(wrapper)
        with world:
            osaka, _ = world.pair()
            osaka.start()
            source = world.random_file("x", 10)
            done = osaka.hft("send", source, "tokyo", check_exit=False)
            check(done.returncode == 1, "exit", done.returncode)
            check("202-0" in done.stderr and "tokyo" in done.stderr, done.stderr)

    def a_stranger_is_refused():
        world = World(wrapper)
        with world:
            osaka, tokyo = world.pair()
            tokyo.sections = [part for part in tokyo.sections if "[host" not in part]
            tokyo.start()
            osaka.start()
            source = world.random_file("x", 10)
            done = osaka.hft("send", source, "tokyo", check_exit=False)
            check(done.returncode == 4, "exit", done.returncode, done.stderr)
            check(not os.listdir(tokyo.inbox), "something was made for a stranger")

    def the_wrong_key_is_noticed():
        world = World(wrapper)
        with world:
            osaka, tokyo = world.pair()
            osaka.sections[0] = osaka.sections[0].replace(tokyo.fingerprint, osaka.fingerprint)
            tokyo.start()
            osaka.start()
            source = world.random_file("x", 10)
            done = osaka.hft("send", source, "tokyo", check_exit=False)
            check(done.returncode in (1, 4), "exit", done.returncode, done.stderr)
            check("key" in done.stderr, done.stderr)

    def detach_watch_and_log():
        world, osaka, tokyo = started()
        with world:
            source = world.random_file("later", 20 << 20)
            ident = osaka.hft("send", "--detach", "--limit-rate", "20M", source,
                              "tokyo").stdout.split()[-1]
            rows = osaka.hft_json("queue", "send", "list")
            check(any(row.get("id") == ident for row in rows), "not in the queue:", rows)
            check(osaka.hft("watch", ident).returncode == 0, "watch")
            check(same_content(source, tokyo.inbox_path("later")), "differs")
            logs = [row for row in osaka.hft_json("log", "send") if row.get("id") == ident]
            check(len(logs) == 1 and logs[0]["status"] == 0, "log:", logs)
            there = [row for row in tokyo.hft_json("log", "receive") if row.get("id") == ident]
            check(len(there) == 1 and there[0]["status"] == 0, "log over there:", there)

    def cancel_goes_to_the_resend_queue():
        world, osaka, tokyo = started()
        with world:
            source = world.random_file("stop", 64 << 20)
            ident = osaka.hft("send", "--detach", "--limit-rate", "10M", source,
                              "tokyo").stdout.split()[-1]
            wait_until(lambda: [e for e in osaka.hft_json("status")
                                if e.get("id") == ident and e.get("bytes", 0) > 0], "bytes move")
            osaka.hft("cancel", ident)
            rows = wait_until(lambda: osaka.hft_json("queue", "resend", "list"), "a record")
            check(rows[0].get("list_no", 0) > 0, rows)
            check(not os.path.exists(tokyo.inbox_path("stop")), "published")
            osaka.hft("resend", rows[0]["list_no"], "--wait", 60)
            check(same_content(source, tokyo.inbox_path("stop")), "differs after resend")
            last = osaka.hft_json("log", "send")[-1]
            check(last.get("bytes_skipped", 0) > 0, "it did not continue:", last)
            check(not [row for row in osaka.hft_json("queue", "resend", "list")
                       if row["event"] == "resend-row"], "the record stayed")

    def the_receiver_comes_back():
        world, osaka, tokyo = started(engine_keys=FAST)
        with world:
            source = world.random_file("big", 96 << 20)
            send = osaka.spawn_hft("send", "--limit-rate", "30M", source, "tokyo")
            wait_until(lambda: any(e.get("bytes", 0) > 30 << 20
                                   for e in osaka.hft_json("status")), "30 MiB are durable")
            tokyo.kill()
            time.sleep(0.5)
            tokyo.start()
            check(send.wait(timeout=PATIENCE_S * 2) == 0, "hft send failed")
            check(same_content(source, tokyo.inbox_path("big")), "differs")
            last = osaka.hft_json("log", "send")[-1]
            check(last["bytes_skipped"] >= 30 << 20, "it began anew:", last)

    def the_sender_comes_back():
        world, osaka, tokyo = started(engine_keys=FAST)
        with world:
            source = world.random_file("big", 96 << 20)
            ident = osaka.hft("send", "--detach", "--limit-rate", "30M", source,
                              "tokyo").stdout.split()[-1]
            wait_until(lambda: any(e.get("bytes", 0) > 30 << 20
                                   for e in osaka.hft_json("status")), "30 MiB are durable")
            osaka.kill()
            osaka.start()
            check(osaka.hft("watch", ident).returncode == 0, "watch")
            check(same_content(source, tokyo.inbox_path("big")), "differs")
            last = osaka.hft_json("log", "send")[-1]
            check(last["bytes_skipped"] >= 16 << 20, "it began anew:", last)

    def a_changed_source_is_not_mixed():
        world, osaka, tokyo = started(engine_keys=FAST)
        with world:
            source = world.random_file("mixed", 64 << 20)
            ident = osaka.hft("send", "--detach", "--limit-rate", "20M", source,
                              "tokyo").stdout.split()[-1]
            wait_until(lambda: any(e.get("bytes", 0) > 10 << 20
                                   for e in osaka.hft_json("status")), "10 MiB are durable")
            osaka.kill()
            with open(source, "r+b") as out:
                out.write(os.urandom(1 << 20))
            osaka.start()
            osaka.hft("watch", ident, check_exit=False)
            check(same_content(source, tokyo.inbox_path("mixed")), "old and new are mixed")
            last = osaka.hft_json("log", "send")[-1]
            check(last.get("reason") == "source-changed", "no reason in the log:", last)

    def a_frozen_receiver_is_left():
        world, osaka, tokyo = started(engine_keys=FAST)
        with world:
            source = world.random_file("frozen", 64 << 20)
            send = osaka.spawn_hft("send", "--limit-rate", "20M", source, "tokyo")
            wait_until(lambda: any(e.get("bytes", 0) > 10 << 20
                                   for e in osaka.hft_json("status")), "10 MiB are durable")
            tokyo.process.send_signal(signal.SIGSTOP)
            wake = threading.Timer(2.0, tokyo.process.send_signal, [signal.SIGCONT])
            wake.start()
            check(send.wait(timeout=PATIENCE_S * 2) == 0, "hft send failed")
            wake.join()
            check(same_content(source, tokyo.inbox_path("frozen")), "differs")

    def two_engines_on_one_state():
        world, osaka, _ = started()
        with world:
            second = subprocess.run(osaka.engine_arguments() + ["--socket", osaka.socket + "2"],
                                    capture_output=True, text=True, timeout=PATIENCE_S,
                                    check=False)
            check(second.returncode == 1, "exit", second.returncode)
            check(str(osaka.process.pid) in second.stderr or "osaka" in second.stderr,
                  second.stderr)

    def it_ends_when_asked():
        world, osaka, tokyo = started()
        with world:
            check(osaka.kill(signal.SIGTERM) == 0, "sender's exit")
            check(tokyo.kill(signal.SIGTERM) == 0, "receiver's exit")
            check(not os.path.exists(osaka.socket), "the socket file stayed")

    def a_host_is_checked():
        world, osaka, tokyo = started()
        with world:
            check(osaka.hft("host", "check", "tokyo").returncode == 0, "tokyo")
            tokyo.kill()
            gone = osaka.hft("host", "check", "tokyo", check_exit=False)
            check(gone.returncode == 1 and "tokyo" in gone.stdout + gone.stderr, gone)

    return [expect_engine, sizes_arrive_whole, another_name_and_replace, mode_new_refuses,
            mode_append_adds, two_lanes, a_pipe, digest_agrees, unknown_host_and_file,
            nobody_listens, a_stranger_is_refused, the_wrong_key_is_noticed,
            detach_watch_and_log, cancel_goes_to_the_resend_queue, the_receiver_comes_back,
            the_sender_comes_back, a_changed_source_is_not_mixed, a_frozen_receiver_is_left,
            two_engines_on_one_state, it_ends_when_asked, a_host_is_checked]
