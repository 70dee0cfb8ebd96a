"""What stands beside this directory (in_memory, edit_tables, report) can be imported, whoever runs the tests:
ansible-test knows no pythonpath."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
