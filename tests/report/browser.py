"""Chromium without a window, driven through its own driver. Nothing of a person's profile takes part, and
nothing is downloaded."""

import shutil
from contextlib import contextmanager

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@contextmanager
def chromium(profile):
    """A Chromium with a fresh profile in the directory `profile`; `requests` tells what it wanted from a
    network."""
    options = webdriver.ChromeOptions()
    options.binary_location = _program("chromium")
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(_program("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def _program(name):
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(
            f"{name} is not installed; `python3 tests/suites/packages.py browser` does it on Debian"
        )
    return path


def view(driver, width=1280, height=900, scheme="light", media="screen"):
    """Show pages in this size, for this colour scheme and medium."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
