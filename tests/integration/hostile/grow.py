"""Let a file grow without a pause, up to a size at which it starts anew: `grow.py FILE`. To be run as the
attacker."""

import os
import sys

MOST, BLOCK = 64 << 20, b"#" * (64 << 10)

while True:
    descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, BLOCK)
    if os.fstat(descriptor).st_size > MOST:
        os.ftruncate(descriptor, 0)
    os.close(descriptor)
