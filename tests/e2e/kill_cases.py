# SPDX-License-Identifier: Apache-2.0
"""kill -9 of sender or receiver at random during transfers, again and again.

256 MiB at 100 MB/s; whoever is chosen dies at a random moment and is started again at
once. Each transfer must end by itself, byte for byte the same, and move no more twice than
its checkpoints allow. The kills are spread over some worlds side by side, each with its own
pair of engines: at a limited rate they mostly wait.
"""

import os
import random
import time

import engines
from engines import PATIENCE_S, World, check, same_content

SIZE = 256 << 20
RATE = 100 << 20
KEYS = "dead_after = 100\nretrytime = 0\nretrycnt = 600\nsockerr_autoretry = 9999\n"
CHECKPOINT_S = 0.25
WORLDS = 4
KILLS_PER_TRANSFER = 9  # about as many as fit before it is through
SLOTS = 32 << 20  # buffer_pool of one mover: what may be under way and not yet written

# What one kill may cost: issue and rule of thumb alike.
ALLOWED_PER_KILL = int(2 * CHECKPOINT_S * RATE) + SLOTS


class Tally:
    """What the kills cost, over all transfers."""

    def __init__(self):
        self.kills = {"osaka": 0, "tokyo": 0}
        self.transfers = 0
        self.resent = 0
        self.worst = 0

    def count(self):
        return sum(self.kills.values())


def moved_bytes(ident, osaka, tokyo):
    """Payload moved over all attempts. A killed side has no record of its own attempt, so
    each attempt counts with what the better informed side says."""
    moved = {}
    for node, kind in ((osaka, "send"), (tokyo, "receive")):
        for row in node.hft_json("log", kind):
            if row.get("id") == ident:
                number = row["attempt"]
                moved[number] = max(moved.get(number, 0), row.get("bytes_sent", 0),
                                    row.get("bytes_moved", 0))
    return sum(moved.values())


def is_over(ident, osaka):
    rows = osaka.hft_json("queue", "send", "list")
    return not any(row.get("id") == ident for row in rows)


def one_transfer(world, osaka, tokyo, source, dice, tally, kills_left):
    name = f"target-{tally.transfers}"
    ident = osaka.hft("send", "--detach", "--limit-rate", str(RATE), source,
                      "tokyo:" + name).stdout.split()[-1]
    kills = 0
    deadline = time.monotonic() + PATIENCE_S * 4
    while not is_over(ident, osaka):
        check(time.monotonic() < deadline, "the transfer does not end;", kills, "kills")
        time.sleep(dice.uniform(0.05, 0.7))
        if kills < min(kills_left, KILLS_PER_TRANSFER):
            victim = dice.choice((osaka, tokyo))
            victim.kill()
            victim.start()
            tally.kills[victim.name] += 1
            kills += 1
    check(same_content(source, tokyo.inbox_path(name)), "content differs after", kills, "kills")
    os.unlink(tokyo.inbox_path(name))
    resent = max(0, moved_bytes(ident, osaka, tokyo) - SIZE)
    check(resent <= kills * ALLOWED_PER_KILL, "resent", resent, "bytes after", kills,
          "kills; allowed", kills * ALLOWED_PER_KILL)
    tally.transfers += 1
    tally.resent += resent
    tally.worst = max(tally.worst, resent / kills if kills else 0)


def kill_at_random(wrapper, kills, dice):
    tally = Tally()
    with World(wrapper) as world:
        osaka, tokyo = world.pair(engine_keys=KEYS)
        tokyo.start()
        osaka.start()
        source = world.random_file("source", SIZE)
        while tally.count() < kills:
            one_transfer(world, osaka, tokyo, source, dice, tally, kills - tally.count())
        left = [part for part in os.listdir(tokyo.inbox) if part.endswith(".part")]
        check(not left, "part files are left:", left)
    print(f"{tally.transfers} transfers of {SIZE >> 20} MiB, {tally.kills['osaka']} kills of "
          f"the sender, {tally.kills['tokyo']} of the receiver; resent for each kill: "
          f"{tally.resent / max(1, tally.count()) / 1e6:.1f} MB on average, "
          f"{tally.worst / 1e6:.1f} MB in the worst transfer, "
          f"{ALLOWED_PER_KILL / 1e6:.1f} MB allowed", flush=True)


def number_of_kills():
    if engines.LONG:
        return 1000
    return 12 if engines.SANITIZED else 100


def run_kills(wrapper):
    """All the kills, in worlds side by side; does not return."""
    seed = int(os.environ.get("HFT_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}: HFT_SEED={seed} chooses the same moments again", flush=True)
    kills = number_of_kills() // WORLDS
    tests = []
    for number in range(WORLDS):
        def test(dice=random.Random(f"{seed} {number}")):
            kill_at_random(wrapper, kills, dice)
        test.__name__ = f"{kills} kills in world {number + 1} of {WORLDS}"
        tests.append(test)
    engines.run(*tests, at_once=WORLDS)
