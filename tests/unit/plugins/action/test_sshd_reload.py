"""The controller's half of sshd_reload: its verdict is what it has seen itself."""

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.fleetops.keepalive.plugins.action.sshd_reload import ActionModule
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.action import Unanswered


@pytest.fixture(name="undone")
def _undone():
    """The result of the way back, for what the host answers or what happens instead."""

    def undone(answer):
        def step(_name, **_details):
            if isinstance(answer, Exception):
                raise answer
            return answer

        made = object.__new__(ActionModule)
        made._step, made._rollback_seconds = step, 60
        return made._undone("Permission denied")

    return undone


def test_a_failed_login_fails_the_task_whatever_the_host_says(undone):
    assert undone({"failed": False, "msg": "all is well", "reason": "none"})["failed"] is True


@pytest.mark.parametrize(
    "fault", [Unanswered("What it answered is not a result"), AnsibleConnectionFailure("No route to host")]
)
def test_a_host_that_does_not_take_the_way_back_is_named(undone, fault):
    result = undone(fault)
    assert result["failed"] is True
    assert (
        result["msg"]
        == f"Nothing was loaded (Permission denied), and the host did not put the last proven files back ({fault}): run this again"
    )
