"""A process that only calls itself sshd: another account's title is neither signalled nor, as the way back,
run."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import pid_file

NOBODY = 65534


@pytest.fixture(name="directory")
def _directory():
    """A directory that every account can enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can start a process of another account, and is who would be fooled"
)
@pytest.mark.parametrize(
    "process, program", [(NOBODY, 0), (0, NOBODY)], ids=["another's process", "another's program"]
)
def test_a_title_of_another_account_is_not_believed(directory, process, program):
    forged = directory / "sshd"
    shutil.copy(shutil.which("sleep"), str(forged))
    os.chown(str(forged), program, program)
    title = f"/tmp/evil -D -f {directory}/sshd_config"
    with subprocess.Popen([title, "60"], executable=str(forged), user=process) as running:
        try:
            (directory / "sshd.pid").write_text(f"{running.pid}\n")
            with pytest.raises(KeepaliveError, match="calls itself sshd and is not"):
                pid_file.Signal(str(directory / "sshd_config"), str(directory / "sshd.pid"))
            assert running.poll() is None
        finally:
            running.kill()
