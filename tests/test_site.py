"""The pages that ci/docs has built, in a headless browser: all pictures there, no error, no wider than a telephone."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest

SITE = Path(os.environ.get("HEBBFAST_SITE", "no site"))
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(not SITE.is_dir(), reason="HEBBFAST_SITE names no site (ci/docs): NO page is looked at")

PICTURES = "[...document.images].filter(i => i.loading != 'lazy' && !i.naturalWidth).map(i => i.src)"
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def pages():
    """All pages but the bare lists."""
    return sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html") if "_static" not in p.parts)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: NO page is looked at")
    with api.sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"no browser: NO page is looked at ({str(error).splitlines()[0]})")
        yield started
        started.close()


def late(request):
    """Was it given up because the next page was asked for?"""
    return request.failure == "net::ERR_ABORTED"


def test_pages_are_readable_on_a_telephone(browser, address):
    wrong = []
    tab = browser.new_page(viewport={"width": 400, "height": 800})
    tab.on("console", lambda message: message.type == "error" and wrong.append(("console", tab.url, message.text)))
    tab.on("pageerror", lambda error: wrong.append(("script", tab.url, str(error))))
    tab.on("requestfailed", lambda request: late(request) or wrong.append(("not loaded", tab.url, request.url)))
    tab.on("response", lambda answer: answer.status >= 400 and wrong.append(("not there", tab.url, answer.url)))
    seen = pages()
    for page in seen:
        tab.goto(f"{address}/{page}")
        wrong += [("picture", page, picture) for picture in tab.evaluate(PICTURES)]
        wrong += [("wide", page, wide) for wide in [tab.evaluate(WIDE)] if wide]
    assert len(seen) > 50
    assert wrong == []


def test_search_finds_a_name_and_colours_can_be_dark(browser, address):
    tab = browser.new_page(color_scheme="dark")
    tab.goto(f"{address}/search.html?q=posterior")
    tab.wait_for_selector("ul.search li a")
    assert "posterior" in tab.text_content("ul.search").lower()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_examples_have_pictures():
    gallery = [page for page in (SITE / "gallery").glob("*.html") if page.stem != "index"]
    pictured = [page for page in gallery if f"sphx_glr_{page.stem}_001.png" in page.read_text(encoding="utf-8")]
    assert len(pictured) >= 15
