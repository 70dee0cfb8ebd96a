"""A TCP relay on 127.0.0.1 for one connection, which counts what goes through."""

import collections
import select
import socket
import struct
import threading

#: Where struct tcp_info of Linux has tcpi_segs_out and tcpi_segs_in (linux/tcp.h; Linux 4.2 and newer).
SEGMENTS = struct.Struct("136xII")

#: up, down: the sizes in bytes of what was read from the client and from the server, one for each time that it sent something;
#: segments: TCP segments in both directions between the relay and the server, empty acknowledgements too.
Traffic = collections.namedtuple("Traffic", "up down segments")


class Relay:
    """Takes one connection on `port` and joins it to a port of 127.0.0.1. Use it as a context manager."""

    def __init__(self, server_port):
        self._server = socket.create_connection(("127.0.0.1", server_port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._up, self._down = [], []
        self._thread = threading.Thread(target=self._run)

    def traffic(self):
        """The Traffic so far."""
        segments = SEGMENTS.unpack(self._server.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, SEGMENTS.size))
        return Traffic(tuple(self._up), tuple(self._down), sum(segments))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        """The client is gone by now, and with it the thread."""
        self._thread.join()
        self._server.close()
        self._listener.close()

    def _run(self):
        client, _address = self._listener.accept()
        for leg in (client, self._server):
            leg.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = {client: (self._server, self._up), self._server: (client, self._down)}
        with client:
            while all(self._pass_on(leg, *ways[leg]) for leg in select.select(list(ways), [], [])[0]):
                pass

    @staticmethod
    def _pass_on(leg, other, sizes):
        try:
            data = leg.recv(65536)
            other.sendall(data)
        except ConnectionError:
            return False
        sizes.append(len(data))
        return bool(data)
