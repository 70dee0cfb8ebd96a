"""File name patterns of Include lines; tests/integration/test_include_patterns.py asks ssh itself."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import globs


@pytest.mark.parametrize(
    "pattern, path, fits",
    [
        ("/a/*.conf", "/a/x.conf", True),
        ("/a/*.conf", "/a/.x.conf", False),
        ("/a/*.conf", "/a/b/x.conf", False),
        ("/a/?", "/a/x", True),
        ("/a/[1-5]*", "/a/3x", True),
        ("/a/[!1-5]*", "/a/3x", False),
        ("/a/[^1]", "/a/2", False),
        ("/a/[^1]", "/a/^", True),
        ("/a/[b-a]", "/a/a", False),
        ("/a/[]x]", "/a/]", True),
        ("/a/[!]x]", "/a/]", False),
        ("/a/[!]x]", "/a/y", True),
        ("/a/[!]", "/a/[!]", True),
        ("/a/[x", "/a/[x", True),
        ("/a/\\*", "/a/*", True),
        ("/a/\\*", "/a/x", False),
        ("/a/\\**", "/a/*x", True),
        ("/a/\\**", "/a/x", False),
        ("/a/[\\]x]", "/a/]", True),
        ("/a/[x\\]", "/a/[x]", True),
        ("/a/[a-]", "/a/-", True),
        ("/a/.*", "/a/.x", True),
        ("/a/**", "/a/.x", False),
        ("/a/[[:digit:]x]", "/a/7", True),
        ("/a/[[:digit:]x]", "/a/x", True),
        ("/a/[![:digit:]]", "/a/7", False),
        ("/a/[[:no:]x]", "/a/x", False),
    ],
)
def test_globs(pattern, path, fits):
    assert bool(globs.glob_regex(pattern).match(path)) == fits
