"""The releases of ansible-core that the collection supports, and the interpreters of this machine that can
run them."""

import sys

import interpreters
import reports

# The Python versions on which a release runs as a controller.
RELEASES = {
    (2, 16): [(3, 10), (3, 11), (3, 12)],
    (2, 17): [(3, 10), (3, 11), (3, 12)],
    (2, 18): [(3, 11), (3, 12), (3, 13)],
    (2, 19): [(3, 11), (3, 12), (3, 13)],
    (2, 20): [(3, 12), (3, 13), (3, 14)],
    (2, 21): [(3, 12), (3, 13), (3, 14)],
}
MAIN_PYTHON = sys.version_info[:2]


def oldest_and_newest():
    """Return the oldest release and the newest that the main Python allows."""
    return [min(RELEASES), max(release for release in RELEASES if MAIN_PYTHON in RELEASES[release])]


def runnable(releases, found, suite):
    """Return (release, Python version) for those `releases` that an interpreter in `found` can run; name the
    others, as skipped tests of `suite`."""
    pairs, skipped = [], reports.Suite(f"{suite}-missing")
    for release in releases:
        pythons = [version for version in RELEASES[release] if version in found]
        if pythons:
            pairs.append((release, MAIN_PYTHON if MAIN_PYTHON in pythons else max(pythons)))
            continue
        name, reason = (
            f"ansible-core {interpreters.text(release)}",
            f"needs Python {' or '.join(map(interpreters.text, RELEASES[release]))}",
        )
        print(f"{suite}: not run on {name}: it {reason}, not found on this machine")
        skipped.skipped(name, reason)
    if len(pairs) < len(releases):
        skipped.write()
    return pairs
