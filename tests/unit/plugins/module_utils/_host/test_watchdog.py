"""The watchdog's own process with a clock that the test moves: when it acts, and who is first."""

import json
import os

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import rollback, watchdog
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.journal import Journal

ORDER = {"path": "x", "sshd": "sshd", "method": "auto", "unit": None, "pid_file": None, "revive": []}


class Clock:
    """In place of time: sleeping takes no time, and does at its moment what the test wants."""

    def __init__(self):
        self.now, self.events = 0.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        for event in [event for event in self.events if event[0] <= self.now]:
            self.events.remove(event)
            event[1]()


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(watchdog, "time", clock)
    return clock


@pytest.fixture(name="undone")
def _undone(monkeypatch):
    """The calls of the way back, which is not taken here."""
    calls = []

    def undo(journal, target, patience):
        calls.append((target.path, patience))
        return rollback.Outcome(["/etc/ssh/sshd_config"], [], None)

    monkeypatch.setattr(rollback, "undo", undo)
    return calls


@pytest.fixture(name="dog")
def _dog(tmp_path):
    dog = watchdog.Watchdog(Journal(str(tmp_path / "sshd_config"), str(tmp_path / "state")))
    os.makedirs(str(tmp_path / "state"))
    with open(dog._name("new"), "w") as file:
        file.write("the program")
    return dog


def test_it_acts_when_its_time_is_up_and_says_what_came_of_it(dog, clock, undone):
    dog.watch(dict(ORDER, seconds=60))
    assert 60 <= clock.now < 61 and undone == [("x", watchdog.PATIENCE_SECONDS)]
    assert dog.disarm() is False
    assert dog.told().restored == ["/etc/ssh/sshd_config"]
    assert dog.told() is None


def test_disarmed_ahead_of_its_time_it_does_nothing(dog, clock, undone):
    clock.events.append((30, lambda: disarmed.append(dog.disarm())))
    disarmed = []
    dog.watch(dict(ORDER, seconds=60))
    assert disarmed == [True] and undone == [] and clock.now < 31
    assert dog.told() is None


def test_relieved_by_another_it_does_nothing(dog, clock, undone):
    def relieve():
        dog.disarm()
        with open(dog._name("armed"), "w") as file:
            file.write("the next one")

    clock.events.append((30, relieve))
    dog.watch(dict(ORDER, seconds=60))
    assert undone == [] and os.path.exists(dog._name("armed"))


def test_a_way_back_that_breaks_is_told(dog, clock, monkeypatch):
    def undo(*_arguments):
        raise OSError("no room")

    monkeypatch.setattr(rollback, "undo", undo)
    dog.watch(dict(ORDER, seconds=1))
    assert dog.told().failure == "no room"


def test_one_that_is_at_work_is_waited_for(dog, clock):
    outcome = rollback.Outcome([], [], None)

    def end():
        os.rename(dog._name("firing"), dog._name("told"))

    with open(dog._name("firing"), "w") as file:
        json.dump(outcome._asdict(), file)
    clock.events.append((3, end))
    assert dog.told(seconds=10) == outcome and 3 <= clock.now < 4
