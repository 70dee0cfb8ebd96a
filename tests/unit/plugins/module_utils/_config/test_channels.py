"""Which names of ChannelTimeout are for a channel that there is."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import channels


@pytest.mark.parametrize(
    "pattern, release, there_is",
    [
        ("session:*", (9, 2), True),
        ("session", (9, 2), False),
        ("session:shell", (9, 2), True),
        ("session:subsystem:netconf", (9, 2), True),
        ("*", (9, 2), True),
        ("direct-tcpip", (9, 2), True),
        ("direct-tcpip:*", (9, 2), False),
        ("direct-*", (9, 2), True),
        ("x11-connection", (9, 2), True),
        ("global", (9, 2), False),
        ("global", (10, 0), True),
    ],
)
def test_a_channel_type(pattern, release, there_is):
    assert channels.exists(pattern, release) == there_is
