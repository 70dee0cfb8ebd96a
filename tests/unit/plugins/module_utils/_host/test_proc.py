"""What /proc says is read as proc(5) has it."""

import os
import socket
import subprocess
import time

from ansible_collections.fleetops.keepalive.plugins.module_utils._host import proc

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:62CD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:62CD 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
"""


def test_a_table_of_sockets_is_read_row_by_row():
    assert [(row.inode, row.state) for row in proc.parse_tcp(TABLE)] == [
        ("4711", proc.LISTENING),
        ("4712", proc.ESTABLISHED),
        ("4713", proc.LISTENING),
    ]
    assert proc.parse_tcp("") == []


def test_the_sockets_of_this_process_are_found_by_their_state():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(
        server.getsockname()
    ) as near:
        listening, established = (
            [row.inode for row in proc.tcp_sockets(os.getpid(), state)]
            for state in (proc.LISTENING, proc.ESTABLISHED)
        )
        held = proc.sockets(os.getpid())
        assert str(os.fstat(server.fileno()).st_ino) in set(listening) & set(held)
        assert str(os.fstat(near.fileno()).st_ino) in set(established) & set(held)


def test_a_name_with_brackets_and_spaces_is_read_right(tmp_path):
    program = tmp_path / "a) S 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([str(program), "60"], start_new_session=True) as process:
        while not proc.title(process.pid):
            time.sleep(0.01)  # The kernel says so a moment after the program has begun.
        found = proc.table()[process.pid]
        assert found[:5] == (process.pid, os.getpid(), process.pid, process.pid, "a) S 1 (b")
        assert proc.title(process.pid) == f"{program} 60" and proc.is_alive(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process.pid in proc.table() and not proc.is_alive(process.pid)
    assert proc.process(process.pid) is None


def test_a_process_began_between_what_the_clock_said_before_and_after():
    before = proc.now()
    with subprocess.Popen(["sleep", "60"]) as process:
        assert before <= proc.process(process.pid).began <= proc.now() + 1
        process.kill()


def test_nothing_is_read_of_a_process_that_is_not_there():
    gone = 2**22 + 1
    assert (proc.process(gone), proc.title(gone), proc.sockets(gone), proc.read(gone, "stat")) == (
        None,
        "",
        [],
        "",
    )
