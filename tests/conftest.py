"""How long the property tests run: `quick` guards a change, `full` is for `make test-full`."""

from pathlib import Path

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

DATABASE = DirectoryBasedExampleDatabase(str(Path(__file__).resolve().parents[1] / ".build" / "hypothesis"))

settings.register_profile("quick", max_examples=100, deadline=None, database=DATABASE)
settings.register_profile("full", max_examples=5000, deadline=None, database=DATABASE)
settings.load_profile("quick")
