"""The portal as a visitor and an editor see it, in Chromium on the machine that runs the tests."""

import re
import secrets
import shutil
import sys
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
import support
from support import EPHEMERAL, PROVINCE, REMOVED, UNIT

SITES = {
    PROVINCE: "Cổng thông tin điện tử tỉnh Bến Tre",
    UNIT: "Ủy ban nhân dân huyện Giồng Trôm",
    REMOVED: "Ủy ban nhân dân huyện Ba Tri",
}
TITLE = "Thông báo của huyện Giồng Trôm về <p>BẾN TRE</p>"
TEXT = "Nghị định số 43/2011/NĐ-CP: select * from xã, phường where … or 1=1 -- <script>x</script>"
PATIENCE = 300_000  # milliseconds; a bound, not a measure


@pytest.fixture(scope="module")
def chromium(host):
    """Every host name of the portal leads to this host; its key is known, no other certificate."""
    arguments = [
        f"--host-resolver-rules=MAP *.example {support.address(host)}, MAP * ~NOTFOUND",
        f"--ignore-certificate-errors-spki-list={support.key_hash(host)}",
    ]
    program = shutil.which("chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A window of somebody who was never here; whatever goes wrong in it is a failure."""
    context = chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = context.new_page()
    wrong = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if outside(asked.url) else None)
    yield page
    context.close()
    assert wrong == []


def outside(url: str) -> bool:
    return url.startswith("http") and not url.split("/")[2].endswith("bentre.example")


def show(host, page, what: str) -> None:
    """Keep a picture for whoever wants to look."""
    page.screenshot(path=EPHEMERAL / "pictures" / f"{support.name(host)}-{what}.png")


@pytest.mark.parametrize("site", SITES)
def test_pages_render(host, page, site):
    answer = page.goto(f"https://{site}/")
    assert answer.status == 200
    assert page.locator("h1").inner_text() == SITES[site]
    assert page.locator("html").get_attribute("lang") == "vi"
    assert SITES[site] in page.title()
    assert unicodedata.is_normalized("NFC", page.content())
    protocol = "performance.getEntriesByType('navigation')[0].nextHopProtocol"
    assert page.evaluate(protocol) == "h2"
    colour = "getComputedStyle(document.querySelector('.site')).color"
    assert page.evaluate(colour) == "rgb(166, 28, 28)"
    show(host, page, site)


def test_an_editor_publishes_and_the_visitor_sees_it(host, page):
    password = new_password(host)
    assert support.portal(host, "editor bien-tap giong-trom", password).rc == 0
    enter(page, UNIT, "bien-tap", password)
    number = page_number(host, "giong-trom")
    page.goto(f"https://{UNIT}/admin/pages/add/bentre_portal/contentpage/{number}/")
    # as a keyboard that does not compose has it
    page.locator("#id_title").fill(unicodedata.normalize("NFD", TITLE))
    text = page.locator("[contenteditable=true]")
    text.click()
    page.keyboard.insert_text(TEXT)
    expect(text).to_have_text(TEXT)
    # the editor hands the text to the form a moment later, of itself
    expect(page.locator("input[name=body]")).to_have_value(re.compile("43/2011"))
    show(host, page, "edited")
    page.locator("footer [data-w-dropdown-target=toggle]").click()
    show(host, page, "publish")
    page.locator("button[name=action-publish]").click()
    expect(page.locator(".messages .success")).to_contain_text("Thông báo của huyện Giồng Trôm")
    show(host, page, "published")
    visitor = page.context.browser.new_context()
    seen = visitor.new_page()
    seen.goto(f"https://{UNIT}/tim-kiem/?q=Giồng+Trôm")
    seen.locator(".found a", has_text="Thông báo").click()
    assert seen.locator("h1").inner_text() == TITLE
    assert TEXT in seen.locator("main").inner_text()
    assert unicodedata.is_normalized("NFC", seen.content())
    show(host, seen, "seen")
    # the other sites do not have it
    seen.goto(f"https://{PROVINCE}/tim-kiem/?q=Giồng+Trôm")
    assert seen.locator(".found a").count() == 0
    visitor.close()
    # nor may this editor write there
    other = page_number(host, "ben-tre")
    page.goto(f"https://{UNIT}/admin/pages/{other}/edit/")
    assert page.url == f"https://{UNIT}/admin/"
    assert support.portal(host, "dismiss bien-tap").rc == 0
    page.goto(f"https://{UNIT}/admin/")
    assert "/admin/login/" in page.url


def enter(page, site: str, name: str, password: str) -> None:
    page.goto(f"https://{site}/admin/")
    assert page.locator("html").get_attribute("lang") == "vi"
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(f"https://{site}/admin/")


def new_password(host) -> str:
    """One that an application firewall would take for an attack."""
    password = f"' or 1=1 -- {secrets.token_urlsafe(12)}"
    folder = EPHEMERAL / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / f"{support.name(host)}-editor").write_text(password.rsplit(maxsplit=1)[-1])
    return password


def page_number(host, slug: str) -> str:
    return support.sql(host, f"select id from wagtailcore_page where slug = '{slug}'")
