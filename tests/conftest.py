"""How long property tests run: KEEPALIVE_EXAMPLES made-up cases for each, set by `make test-full`."""

import os
from pathlib import Path

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

DATABASE = DirectoryBasedExampleDatabase(str(Path(__file__).resolve().parents[1] / ".build" / "hypothesis"))

settings.register_profile(
    "keepalive",
    max_examples=int(os.environ.get("KEEPALIVE_EXAMPLES", "300")),
    deadline=None,
    database=DATABASE,
)
settings.load_profile("keepalive")
