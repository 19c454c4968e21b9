#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""memory_shows.py PID WORD...: print each word that stands in the writable
memory of the process, what is kept out of core dumps included. Words are looked
for as UTF-8 and as base64 has them in the middle of a text."""
import base64
import sys


def forms(word):
    plain = word.encode()
    yield plain
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        # What the neighbours don't touch.
        yield coded[4 if shift else 0:len(coded) // 4 * 4 - 4]


def memory(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            try:
                mem.seek(begin)
                yield mem.read(end - begin)
            except (OSError, ValueError, OverflowError):
                continue


pid, words = sys.argv[1], sys.argv[2:]
found = set()
for part in memory(pid):
    for word in words:
        if any(form and form in part for form in forms(word)):
            found.add(word)
for word in words:
    if word in found:
        print(word)
