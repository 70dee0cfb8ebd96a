"""A fleet of real SSH hosts on loopback ports, run by whoever runs the tests: no root, no containers."""

from .fleet import Fleet, FleetError, free_ports

__all__ = ["Fleet", "FleetError", "free_ports"]
