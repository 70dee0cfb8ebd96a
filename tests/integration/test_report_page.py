"""The page in a real browser: read, searched, sorted, on a phone, on paper, in the dark, without JavaScript,
and with hostile text in it."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import report
from report import browser, made_up

EVIL = "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>\"'&amp;{{ 7 * 7 }}{% if 1 %}49{% endif %}"
LONG = "x" * 400


@pytest.fixture(name="written", scope="module")
def _written(tmp_path_factory):
    """The report on a fleet of every kind of host."""
    audits, groups = made_up.fleet()
    written = report.write(
        tmp_path_factory.mktemp("fleet"), audits, groups=groups, keepalive_report_waivers=made_up.WAIVERS
    )
    assert written.status == 0, written.output
    return written


@pytest.fixture(name="hostile", scope="module")
def _hostile(tmp_path_factory):
    """The report on hosts that tell markup, templates and words without end wherever they can."""
    finding = dict.fromkeys(made_up.finding(made_up.INTERVAL, "x", "x"), EVIL)
    finding.update(status="fail", line=3)
    endless = dict.fromkeys(("control", "title", "directive", "expected", "file", "reason"), LONG)
    audits = {
        "one": made_up.audit(finding, version=EVIL, unreadable=[EVIL]),
        "two": dict(made_up.FAILED, msg=EVIL),
        "three": made_up.audit(made_up.finding(made_up.INTERVAL, LONG, LONG, "fail", **endless)),
        "<b>four</b>": made_up.good(),
    }
    waiver = {"control": EVIL, "hosts": ["one", "<b>"], "reason": EVIL, "until": "2026-01-01"}
    variables = {"one": {"place": {"__ansible_unsafe": EVIL}}}
    written = report.write(
        tmp_path_factory.mktemp("hostile"),
        audits,
        host_variables=variables,
        keepalive_report_environment="place",
        keepalive_report_waivers=[{key: _unsafe(value) for key, value in waiver.items()}],
    )
    assert written.status == 0, written.output
    return written


def _unsafe(value):
    """Text in a file of variables that Ansible is not to take for a template."""
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    return {"__ansible_unsafe": value}


@pytest.fixture(name="page", scope="module")
def _page(tmp_path_factory):
    """A browser."""
    with browser.chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def show(page, written, **view):
    browser.view(page, **view)
    page.get((written.directory / "report.html").as_uri())


def visible(page, table):
    """The text of the first cells of a table's rows that are shown."""
    script = "return [...document.querySelectorAll(arguments[0])].filter(row => row.offsetHeight).map(row => row.innerText.split(/\\s*\\t\\s*/))"
    return page.execute_script(script, f"table[data-name={table}] tbody tr")


def column(page, table, index):
    script = "return [...document.querySelectorAll(arguments[0])].filter(row => row.offsetHeight).map(row => row.cells[arguments[1]].innerText.trim())"
    return page.execute_script(script, f"table[data-name={table}] tbody tr", index)


def shown(page):
    return page.find_element(By.ID, "shown").text


def test_what_it_says_first(page, written):
    show(page, written)
    assert page.title == "SSH keepalive compliance, 2026-11-21"
    assert page.find_element(By.TAG_NAME, "h1").text == "2 of 12 hosts do not comply"
    assert "2026-11-21 at 06:00 UTC" in page.find_element(By.CLASS_NAME, "lead").text
    figures = [item.text.split("\n") for item in page.find_elements(By.CSS_SELECTOR, ".figures li")]
    assert figures == [
        ["6", "comply"],
        ["2", "do not comply"],
        ["1", "not applicable"],
        ["1", "not judged"],
        ["1", "unreachable"],
        ["1", "failed"],
        ["1", "finding waived"],
    ]
    shares = [item.text.split("\n")[:2] for item in page.find_elements(By.CSS_SELECTOR, ".shares li")]
    assert shares == [
        ["cis", "6 of 8 hosts comply"],
        ["stig", "6 of 9 hosts comply"],
        ["laboratory", "0 of 2 hosts comply"],
        ["production", "6 of 10 hosts comply"],
    ]


def test_the_chart_has_the_proportions_of_the_numbers(page, written):
    show(page, written)
    script = "return [...document.querySelectorAll('.hero .bar rect')].map(part => [part.getAttribute('class'), part.getBoundingClientRect().width])"
    parts = page.execute_script(script)
    whole = sum(width for _colour, width in parts)
    told = [(colour, round(12 * width / whole, 1)) for colour, width in parts]
    assert told == [("fill-good", 6.0), ("fill-bad", 2.0), ("fill-none", 2.0), ("fill-lost", 2.0)]
    label = page.find_element(By.CSS_SELECTOR, ".hero .bar").get_attribute("aria-label")
    assert label == "6 comply, 2 do not comply, 2 without a verdict, 2 without data"


def test_a_finding_with_all_that_belongs_to_it(page, written):
    show(page, written)
    rows = [row.text for row in page.find_elements(By.CSS_SELECTOR, ".findings tbody tr")]
    (row,) = [row for row in rows if all(word in row for word in ("5.1.9", "Fails", "db-01"))]
    for part in (
        "db-01.example.org",
        "sshd drops a silent client",
        "ClientAliveCountMax",
        "at least 1",
        "/etc/ssh/sshd_config.d/00-keepalive.conf:4",
    ):
        assert part in row
    assert "Waiver expired on 2026-10-31: Until the January window." in row
    assert "Source of the control: third-party" in row
    text = page.find_element(By.TAG_NAME, "body").text
    assert "Waived until 2027-03-31: The replica's link drops for minutes; ticket OPS-4711." in text
    assert "A text scanner says: pass" in text
    assert "No route to host" in text
    assert "10-local.conf cannot be read" in text
    assert [row.text.split()[0] for row in page.find_elements(By.CSS_SELECTOR, ".waivers tbody .status")] == [
        "In",
        "Expired",
        "Covers",
    ]


def test_the_worst_stands_first(page, written):
    show(page, written)
    assert column(page, "findings", 0) == ["Fails"] * 5 + ["Waived"] + ["N/A"] + ["Passes"] * 26
    assert column(page, "hosts", 0)[:4] == [
        "db-01.example.org",
        "db-02.example.org",
        "gate-01.example.org",
        "db-03.example.org",
    ]


def test_search_takes_words_in_any_order_and_case(page, written):
    show(page, written)
    assert shown(page) == "12 of 12 hosts, 33 of 33 findings"
    search = page.find_element(By.ID, "search")
    search.send_keys("DB-01 match")
    assert shown(page) == "0 of 12 hosts, 1 of 33 findings"
    assert "Match User backup" in visible(page, "findings")[0][-1]
    search.clear()
    search.send_keys("no route")
    assert column(page, "hosts", 0) == ["db-03.example.org"]
    search.send_keys(Keys.BACKSPACE * 8)
    assert shown(page) == "12 of 12 hosts, 33 of 33 findings"


def test_the_choice_of_what_to_show(page, written):
    show(page, written)
    choice = Select(page.find_element(By.ID, "status"))
    choice.select_by_value("fail")
    assert set(column(page, "findings", 0)) == {"Fails"}
    assert column(page, "hosts", 0) == ["db-01.example.org", "db-02.example.org"]
    choice.select_by_value("waived")
    assert column(page, "findings", 1) == ["db-02.example.org"]
    choice.select_by_value("lost")
    assert column(page, "hosts", 0) == ["gate-01.example.org", "db-03.example.org"]
    page.find_element(By.ID, "search").send_keys("gate")
    assert shown(page) == "1 of 12 hosts, 0 of 33 findings"


def head(page, table, text):
    (found,) = [
        found
        for found in page.find_elements(By.CSS_SELECTOR, f"table[data-name={table}] th")
        if found.text.split(" ")[0] == text
    ]
    return found


def test_sorting_by_mouse_and_by_keyboard(page, written):
    show(page, written)
    host = head(page, "hosts", "Host")
    host.find_element(By.TAG_NAME, "button").click()
    names = column(page, "hosts", 0)
    assert names == sorted(names)
    assert host.get_attribute("aria-sort") == "ascending"
    host.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    assert column(page, "hosts", 0) == sorted(names, reverse=True)
    verdict = head(page, "hosts", "Verdict")
    verdict.find_element(By.TAG_NAME, "button").click()
    assert host.get_attribute("aria-sort") is None
    assert column(page, "hosts", 0)[0] == "db-01.example.org"
    actual = head(page, "findings", "Actual").find_element(By.TAG_NAME, "button")
    actual.click()
    actual.click()
    assert column(page, "findings", 5)[:5] == ["600", "600", "600", "600", "300"]


def test_without_javascript_everything_can_be_read(page, written):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(page, written)
        assert not page.find_element(By.ID, "tools").is_displayed()
        assert len(page.find_elements(By.CSS_SELECTOR, ".findings tbody tr")) == 33
        assert all(row.is_displayed() for row in page.find_elements(By.CSS_SELECTOR, "tbody tr"))
        assert page.find_elements(By.TAG_NAME, "button") == []
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def requested(page):
    """The addresses that the browser asked for since this was read last."""
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def test_nothing_comes_from_a_network(page, written, hostile):
    for each in (written, hostile):
        requested(page)
        show(page, each)
        assert requested(page) == [(each.directory / "report.html").as_uri()]
        assert page.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_nothing_sticks_out(page, written, hostile, width, scheme):
    for each in (written, hostile):
        show(page, each, width=width, scheme=scheme)
        assert page.execute_script("return document.documentElement.scrollWidth") == width


def test_no_word_of_a_result_is_broken(page, written):
    show(page, written)
    heights = page.execute_script(
        "return [...document.querySelectorAll('.findings .status')].map(e => "
        "Math.round(e.getBoundingClientRect().height))"
    )
    assert len(heights) == 33 and len(set(heights)) == 1


def test_on_a_phone_each_value_has_its_label(page, written):
    show(page, written, width=390)
    label = page.execute_script(
        "return getComputedStyle(document.querySelector('.findings td:nth-child(5)'), '::before').content"
    )
    assert label == '"Expected"'
    assert not page.find_element(By.CSS_SELECTOR, ".findings thead").is_displayed()


def luminance(colour):
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    "scheme, media, is_dark", [("light", "screen", False), ("dark", "screen", True), ("dark", "print", False)]
)
def test_every_text_can_be_read_on_its_paper(page, written, scheme, media, is_dark):
    show(page, written, scheme=scheme, media=media)
    paper = luminance(page.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert (paper < 0.2) is is_dark
    texts = "[...document.querySelectorAll('main *')].filter(e => e.innerText && !e.closest('.tools'))"
    colours = page.execute_script(f"return [...new Set({texts}.map(e => getComputedStyle(e).color))]")
    assert len(colours) >= 6
    for colour in colours:
        brighter, darker = sorted([luminance(colour), paper], reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) >= 4.5, colour


def test_on_paper(page, written):
    show(page, written, scheme="dark", media="print")
    assert luminance(page.execute_script("return getComputedStyle(document.body).backgroundColor")) == 1
    assert not page.find_element(By.ID, "tools").is_displayed()
    assert page.find_element(By.CSS_SELECTOR, ".findings thead").is_displayed()
    # Chromium repeats a head on every sheet unless it holds a form control.
    assert (
        page.execute_script("return getComputedStyle(document.querySelector('.findings th button')).display")
        == "contents"
    )
    pdf = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(sizes) >= 3
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {(842, 595)}


def test_what_hosts_tell_never_becomes_markup_or_a_template(page, hostile):
    show(page, hostile)
    assert page.title == "SSH keepalive compliance, 2026-11-21"
    assert page.find_elements(By.TAG_NAME, "img") == []
    assert len(page.find_elements(By.TAG_NAME, "script")) == 1
    assert page.find_elements(By.CSS_SELECTOR, "b b") == []
    text = page.execute_script("return document.body.textContent")
    assert "<b>four</b>" in text
    # The reason, the names in every column, the message of a host, the waiver, the environment, the version,
    # the sentence.
    assert text.count(EVIL) >= 12
    assert "49{% endif %}" in text


def test_other_formats_hold_the_hostile_text_as_it_is(hostile):
    (found,) = [found for found in hostile.document()["findings"] if found["host"] == "one"]
    assert found["reason"] == found["control"] == EVIL
    assert "{{ 7 * 7 }}{% if 1 %}49" in hostile.text("report.csv")
    assert "{{ 7 * 7 }}{% if 1 %}49" in hostile.text("junit.xml")


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_page_holds_all_that_it_needs(written):
    elements = _Elements()
    elements.feed(written.text("report.html"))
    loading = [
        (tag, name)
        for tag, attributes in elements.found
        for name in attributes
        if name in ("src", "srcset", "data", "style") or name.startswith("on")
    ]
    assert loading == []
    assert {attributes["href"] for tag, attributes in elements.found if "href" in attributes} == {
        "https://github.com/fleetops/keepalive/blob/main/docs/report.md"
    }
    assert "url(" not in written.text("report.html") and "@import" not in written.text("report.html")


def test_the_policy_of_the_page_lets_this_script_run_and_no_other(written):
    html = written.text("report.html")
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
