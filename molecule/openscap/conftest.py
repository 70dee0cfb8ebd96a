"""What keepalive_info says on a host of the scenario."""

import json

import controller
import pytest


@pytest.fixture(name="audit", scope="module")
def _audit(host, tmp_path_factory):
    """A function: main files to what keepalive_info says about each of them by profile anssi_nt28."""

    def audit(paths):
        folder = tmp_path_factory.mktemp("audit")
        ask = {"fleetops.keepalive.keepalive_info": {"server_path": "{{ item }}", "profiles": ["anssi_nt28"]}, "loop": paths, "register": "told"}
        keep = {"ansible.builtin.copy": {"content": "{{ told.results | to_json }}", "dest": f"{folder}/told.json", "mode": "0600"}}
        book = folder / "audit.yml"
        book.write_text(
            json.dumps([{"hosts": "all", "become": True, "gather_facts": False, "tasks": [ask, {**keep, "delegate_to": "localhost", "become": False}]}]),
            encoding="utf-8",
        )
        [instance] = [instance for instance in controller.instances() if instance["instance"] == name_of(host)]
        play = controller.start(controller.inventory(folder, [instance], {}), book)
        output = play.communicate()[0]
        assert play.returncode == 0, output
        return json.loads((folder / "told.json").read_text(encoding="utf-8"))

    return audit


@pytest.fixture(name="name", scope="module")
def _name(host):
    return name_of(host)


def name_of(host):
    return host.backend.get_pytest_id().partition("://")[2]
