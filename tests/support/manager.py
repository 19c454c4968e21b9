#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""usage: manager.py SOCKET SERVING LOG

A service manager's end of sd_notify(3): a line into LOG for each datagram on
SOCKET, with the pid of who sent it. At READY=1 a client would come at once:
whether one is let in at the Unix socket SERVING stands in that line too.
"""
import os
import socket
import struct
import sys


def serves(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True


def main():
    path, serving, log = sys.argv[1:]
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    manager.bind(path)
    os.chmod(path, 0o777)
    while True:
        data, more, _, _ = manager.recvmsg(4096, 1024)
        pid = struct.unpack("3i", more[0][2])[0]
        text = data.decode()
        if text == "READY=1":
            text += " serving" if serves(serving) else " deaf"
        with open(log, "a", encoding="utf-8") as out:
            out.write(f"{pid} {text}\n")


main()
