"""Documents are lossless by construction, and an edit touches its own line alone."""

from ansible_collections.fleetops.keepalive.plugins.module_utils._config.document import Document
from hypothesis import given
from hypothesis import strategies as st

LINES = st.lists(st.binary(max_size=8).map(lambda text: text.replace(b"\n", b"")), min_size=1, max_size=8)


@given(st.one_of(st.binary(), st.text("a \t\r\n#\x00\x0b\x0c\x85", max_size=40).map(str.encode)))
def test_any_bytes_come_back_as_they_were(data):
    assert Document.parse(data).render() == data


@given(LINES, st.booleans(), st.data())
def test_inserting_leaves_every_other_line_alone(lines, newline_at_end, data):
    text = b"\n".join(lines) + (b"\n" if newline_at_end else b"")
    document = Document.parse(text)
    index = data.draw(st.integers(0, len(document.lines)))
    after = document.insert(index, [b"New 1"])
    rest = [line.rstrip(b"\r\n") for number, line in enumerate(after.lines) if number != index]
    assert rest == [line.rstrip(b"\r\n") for line in document.lines]
    assert after.lines[index].rstrip(b"\r\n") == b"New 1"
    assert after.render().endswith(b"\n") == (text.endswith(b"\n") or (not text and bool(after.lines)))


@given(LINES, st.data())
def test_replacing_keeps_the_line_ending(lines, data):
    document = Document.parse(b"\r\n".join(lines))
    if document.lines:
        index = data.draw(st.integers(0, len(document.lines) - 1))
        after = document.replace(index, b"New 1")
        assert (
            after.lines[:index] + after.lines[index + 1 :]
            == document.lines[:index] + document.lines[index + 1 :]
        )
        assert after.lines[index].startswith(b"New 1")
        assert after.lines[index].endswith(b"\n") == document.lines[index].endswith(b"\n")


def test_a_missing_final_newline_stays_missing():
    assert Document.parse(b"Port 22").insert(1, [b"X 1"]).render() == b"Port 22\nX 1"


def test_a_line_taken_out_says_who_did_it():
    assert (
        Document.parse(b"\tKeepAlive no\r\n").comment(0).render()
        == b"\t# fleetops.keepalive: KeepAlive no\r\n"
    )
