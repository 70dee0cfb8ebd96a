"""The line in the log of the host: its form, and that no log can do harm to who writes."""

import re
import socket
import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import host_log


@pytest.fixture(name="log")
def _log(monkeypatch, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        log.setblocking(False)
        monkeypatch.setattr(host_log, "ADDRESS", str(tmp_path / "log"))
        yield log


def test_a_line_has_our_name_and_the_facility_of_logins(log):
    host_log.tell("a login")
    assert re.fullmatch(
        rb"<85>(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9]\d \d\d:\d\d:\d\d "
        rb"fleetops\.keepalive\[\d+\]: a login",
        log.recv(9999),
    )
    host_log.tell("a stranger", host_log.WARNING)
    assert log.recv(9999).startswith(b"<84>")


def test_a_line_is_one_line_of_printable_characters(log):
    host_log.tell("a\nsshd[1]: Failed password\r\x00\x1b[2J\x7f\x9b ü \u2028 \ud800 \\ " + "x" * 5000)
    told = log.recv(9999)
    assert re.fullmatch(rb"[ -~]+", told)
    assert rb"]: a\nsshd[1]: Failed password\r\x00\x1b[2J\x7f\x9b \xfc \u2028 \ud800 \\ xxx" in told
    assert len(told) < 1000


def test_a_log_that_is_a_stream_gets_it_too(monkeypatch, tmp_path):
    with socket.socket(socket.AF_UNIX) as log:
        log.bind(str(tmp_path / "log"))
        log.listen(1)
        monkeypatch.setattr(host_log, "ADDRESS", str(tmp_path / "log"))
        host_log.tell("a login")
        assert log.accept()[0].recv(9999).endswith(b": a login\0")


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_log_that_takes_nothing_costs_a_moment(monkeypatch, tmp_path, kind):
    monkeypatch.setattr(host_log, "ADDRESS", str(tmp_path / "log"))
    with socket.socket(socket.AF_UNIX, kind) as log:
        log.bind(str(tmp_path / "log"))
        waiting = []
        if kind == socket.SOCK_STREAM:
            log.listen(0)
        try:
            while len(waiting) < 10000:
                waiting.append(socket.socket(socket.AF_UNIX, kind))
                waiting[-1].setblocking(False)
                waiting[-1].connect(str(tmp_path / "log"))
                if kind == socket.SOCK_DGRAM:
                    waiting[-1].send(b"full")
        except BlockingIOError:
            pass
        started = time.monotonic()
        host_log.tell("a login")
        assert host_log.TELL_SECONDS <= time.monotonic() - started < host_log.TELL_SECONDS + 1
        for one in waiting:
            one.close()


def test_no_log_costs_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(host_log, "ADDRESS", str(tmp_path / "none"))
    started = time.monotonic()
    host_log.tell("a login")
    assert time.monotonic() - started < host_log.TELL_SECONDS
