"""What is run on the hosts: every module as a task, with what people do with its result, and the
playbooks."""

LOGIN = {
    "host": "127.0.0.1",
    "port": "{{ ansible_port }}",
    "user": "alice",
    "identity_file": "{{ ansible_ssh_private_key_file }}",
    "ssh_args": "{{ ansible_ssh_common_args }}",
    "max_wait": 1,
    "sessions": 1,
}
SERVER = {"path": "{{ keepalive_server_path }}"}
MODULES = {
    "sshd_config": dict(
        SERVER, interval=60, count_max=3, backup=True, backup_dir="{{ keepalive_server_backup_dir }}"
    ),
    "sshd_reload": dict(SERVER, pid_file="{{ keepalive_server_pid_file }}", login_timeout=10),
    "ssh_config": {"path": "{{ keepalive_client_path }}", "interval": 60},
    "keepalive_info": {
        "server_path": "{{ keepalive_server_path }}",
        "client_path": "{{ keepalive_client_path }}",
        "hosts": ["web1"],
        "profiles": ["pci_dss_4"],
    },
    "idle_probe": LOGIN,
}


def task(module, **more):
    """The play of one module: its task, on the honest hosts and on those that have an answer for it, and its
    result read in templates."""
    tasks = [
        dict(
            {
                "name": module,
                f"fleetops.keepalive.{module}": MODULES[module],
                "register": "told",
                "ignore_errors": True,
                "ignore_unreachable": True,
            },
            **more,
        ),
        {
            "name": "read",
            "ansible.builtin.debug": {"msg": "{{ told }}"},
            "when": "told is not changed or told.changed",
        },
    ]
    return {"name": module, "hosts": f"honest,answers_{module}", "gather_facts": False, "tasks": tasks}


TASKS = [task(module) for module in MODULES]
PLAYBOOKS = {name: f"fleetops.keepalive.{name}" for name in ("site", "audit", "probe")}
