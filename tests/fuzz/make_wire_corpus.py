#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# make_wire_corpus.py -- writes the corpora frame, messages and handshake.
#
# It makes the bytes from hft-protocol(7) alone, without the engine's code, so that a
# reading of the page and the code must agree: `--check` says whether the files that
# are committed are the ones this would write. To add a case, add it below and run it.
#
#   make_wire_corpus.py [--check]

import pathlib
import struct
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
MEBIBYTE = 1 << 20
TYPES = ("HELLO OFFER ACCEPT REFUSE BEGIN JOIN JOINED STORED DURABLE AGAIN SYNC "
         "DIGESTS-REQUEST DIGESTS FINISH COMPLETE CONFIRM ALIVE CANCEL").split()
TYPE = {name: 16 + index for index, name in enumerate(TYPES)}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sealed(data):
    data = data.ljust(60, b"\0")
    return data + struct.pack("<I", crc32c(data))


def header(kind, payload=0, crc=0, flags=0, chunk=0, lane=0, tries=0, version=1):
    return sealed(struct.pack("<4sBBHIIQBB", b"HFTF", version, kind, flags, payload, crc,
                              chunk, lane, tries))


def seal(chunk, payload, digest):
    return sealed(struct.pack("<4sBBHIIQ16s", b"HFTF", 1, 2, 0, payload, 0, chunk, digest))


def text(value):
    return struct.pack("<H", len(value)) + value


def ranges(*pairs):
    return struct.pack("<H", len(pairs)) + b"".join(struct.pack("<QQ", *pair) for pair in pairs)


def digests(count):
    return struct.pack("<H", count) + b"".join(bytes([n]) * 16 for n in range(count))


def outcome(status, detail, sentence):
    return struct.pack("<HH", status, detail) + text(sentence)


def identity(kind=1):
    numbers = (66305, 4711, 1 << 30, 1700000000 * 10**9, 1700000001 * 10**9)
    return struct.pack("<I5Q", kind, *(numbers if kind == 1 else (0,) * 5))


def hello(purpose, version_max=1):
    return struct.pack("<HHQQB", 1, version_max, 15, 3, purpose) + text(b"osaka")


def offer(token=b"", total=1 << 30, kind=1):
    return (b"T" * 16 + token.ljust(16, b"\0") +
            struct.pack("<IIQQIIBBB", 1, 2, total, 512, MEBIBYTE, 4, 2, 0, 0) + identity(kind) +
            text(b"DAILY") + text(b"in/daily.dat") + text(b"/data/out/daily.dat"))


def accept(completed=False, coverage=((0, 512), (514, 600))):
    stored = ranges((600, 610)) if coverage else ranges()
    tail = 4 if coverage else 0
    return (struct.pack("<HQQ", 1, 7, 9) + b"K" * 16 +
            struct.pack("<BIQ", 2, MEBIBYTE, 512 if coverage else 0) + b"R" * 16 +
            struct.pack("<BB", 0 if coverage else 4, completed) + text(b"tokyo") + stored +
            ranges(*coverage) + digests(tail) +
            (outcome(0, 0, b"") + b"D" * 16 + text(b"in/daily.dat") if completed else b""))


JOIN = b"K" * 16 + struct.pack("<IB", 2, 1)
REFUSE = outcome(905, 0, b"tokyo does not permit this: no such file id")

FRAMES = {
    "chunk": header(1, MEBIBYTE, chunk=7, lane=1),
    "chunk-again": header(1, MEBIBYTE, chunk=(1 << 47) - 1, lane=63, tries=3),
    "chunk-last": header(1, 17, flags=1, chunk=8),
    "chunk-last-empty": header(1, 0, flags=1, chunk=8),
    "chunk-empty-refused": header(1, 0, chunk=8),
    "chunk-too-large-refused": header(1, 16 * MEBIBYTE + 1),
    "flag-unknown-refused": header(1, 1, flags=2),
    "type-unknown-refused": header(77, 1),
    "version-2-refused": header(1, 1, version=2),
    "magic-refused": b"GET / HTTP/1.1\r\nHost: osaka\r\n\r\n",
    "sync": header(TYPE["SYNC"]),
    "hello": header(TYPE["HELLO"], len(hello(1)), crc32c(hello(1))),
    "seal": seal(7, MEBIBYTE, bytes(range(16))),
    "seal-of-nothing": seal(8, 0, b"\xff" * 16),
}

PAYLOADS = {
    "hello": ("HELLO", hello(1)),
    "offer": ("OFFER", offer()),
    "offer-stream": ("OFFER", offer(total=(1 << 64) - 1, kind=2)),
    "accept": ("ACCEPT", accept()),
    "accept-completed": ("ACCEPT", accept(completed=True, coverage=())),
    "refuse": ("REFUSE", REFUSE),
    "begin": ("BEGIN", b"\x09" + ranges((0, 510), (514, 600))),
    "join": ("JOIN", JOIN),
    "durable": ("DURABLE", ranges((0, 512), (514, 600))),
    "durable-touching-refused": ("DURABLE", ranges((0, 512), (512, 600))),
    "again": ("AGAIN", struct.pack("<QB", 513, 1)),
    "digests": ("DIGESTS", struct.pack("<Q", 508) + digests(4)),
    "finish": ("FINISH", struct.pack("<QQ", 1024, 1 << 30) + b"D" * 16 + identity()),
    "complete": ("COMPLETE", outcome(0, 0, b"") + b"D" * 16 + text(b"in/daily.dat")),
    "alive": ("ALIVE", struct.pack("<QQH", 610 * MEBIBYTE, 600 * MEBIBYTE, 1)),
}

FLIGHTS = {
    "session": (("HELLO", hello(1)), ("OFFER", offer()), ("ACCEPT", accept())),
    "session-completed": (("HELLO", hello(1)), ("OFFER", offer()),
                          ("ACCEPT", accept(True, ()))),
    "session-refused": (("HELLO", hello(1)), ("OFFER", offer()), ("REFUSE", REFUSE)),
    "session-with-token": (("HELLO", hello(1)), ("OFFER", offer(b"K" * 16))),
    "session-of-the-future": (("HELLO", hello(1, 9)), ("OFFER", offer())),
    "rejoin": (("HELLO", hello(2)), ("OFFER", offer(b"K" * 16)), ("ACCEPT", accept())),
    "lane": (("HELLO", hello(3)), ("JOIN", JOIN), ("JOINED", b"\1")),
    "lane-with-offer": (("HELLO", hello(3)), ("OFFER", offer())),
    "check": (("HELLO", hello(4)), ("HELLO", hello(4))),
}


def flight(messages):
    return b"".join(struct.pack("<BH", TYPE[name], len(payload)) + payload
                    for name, payload in messages)


def files():
    for name, data in FRAMES.items():
        yield CORPUS / "frame" / name, data
    for name, (kind, payload) in PAYLOADS.items():
        yield CORPUS / "messages" / name, bytes([TYPE[kind] - 16]) + payload
    for name, messages in FLIGHTS.items():
        yield CORPUS / "handshake" / name, flight(messages)


def main():
    differing = []
    for path, data in files():
        if path.exists() and path.read_bytes() == data:
            continue
        differing.append(path.name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    if differing and "--check" in sys.argv:
        sys.exit("differ: " + " ".join(differing))


if __name__ == "__main__":
    main()
