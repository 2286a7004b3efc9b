"""The page as a person has it: opened from a file in Chromium, without a network."""

import shutil
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from bentre_infra.compliance.catalogue.model import Text
from bentre_infra.compliance.reports import Format, Picture, write
from tests.unit.compliance.reports.sample import audit, catalogue, earlier, large, with_message

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


@pytest.fixture(scope="module")
def chromium():
    program = shutil.which("chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a report; whatever the page complains of or asks for is a failure."""
    context = chromium.new_context(locale="vi-VN", offline=True)
    wrong = []

    def opens(run, its, **other):
        (path,) = write(run, its, tmp_path, [Format.HTML], **other)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: wrong.append(r.url) if r.url != path.as_uri() else None)
        page.goto(path.as_uri())
        return page

    yield opens
    context.close()
    assert wrong == []


def whole(opened):
    pictures = [Picture("model", Text("Sơ đồ", "Map"), SVG)]
    return opened(audit(), catalogue(), history=[earlier()], pictures=pictures)


def test_axe_finds_nothing(opened):
    violations = Axe().run(whole(opened)).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in violations] == []


def test_axe_finds_nothing_on_an_empty_report(opened):
    empty = replace(audit(), findings=(), subjects=(), exemptions=(), evidence=())
    assert Axe().run(opened(empty, catalogue())).response["violations"] == []


def test_the_filter_shows_what_is_asked_for(opened):
    page = whole(opened)
    rows = page.locator("#findings tbody tr:visible")
    assert rows.count() == 11
    page.locator("select[name=outcome]").select_option("not-met")
    assert rows.count() == 2
    assert page.locator("#shown").inner_text() == "2 / 11"
    page.locator("select[name=outcome]").select_option("")
    page.locator("input[name=text]").fill("da yeu to")  # typed without diacritics
    assert rows.count() == 2
    page.locator("select[name=subject]").select_option("base-logs-1")
    assert rows.count() == 1


def test_without_scripts_every_row_is_there(chromium, tmp_path):
    (path,) = write(audit(), catalogue(), tmp_path, [Format.HTML])
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("#findings tbody tr:visible").count() == 11
    assert not page.locator("#filter").is_visible()
    context.close()


def test_what_a_host_said_is_never_markup(opened):
    attack = '</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">{{ 7*7 }}</a>'
    page = opened(with_message(attack), catalogue())
    assert page.locator("img, a[href^=javascript]").count() == 0
    assert attack in page.locator("#findings tbody").inner_text()


def test_the_policy_refuses_what_is_put_in(chromium, tmp_path):
    (path,) = write(audit(), catalogue(), tmp_path, [Format.HTML])
    page = chromium.new_page()
    page.goto(path.as_uri())
    ran = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran === 1 }"
    )
    page.close()
    assert not ran


def test_text_keeps_its_diacritics_and_says_both_languages(opened):
    page = whole(opened)
    text = page.locator("body").inner_text()
    for said in (
        "Chưa đáp ứng đầy đủ",
        "Not fully met",
        "Đáp ứng (phương án tương đương)",
        "đã hết hiệu lực ngày 25/11/2026",
        "26/11/2026 00:30:42 +07:00 (17:30:42 UTC)",
        "Xấu đi",
    ):
        assert said in text


def test_print_shows_what_is_folded(opened):
    page = whole(opened)
    assert not page.locator("pre").first.is_visible()
    page.emulate_media(media="print")
    height = page.locator("pre").first.evaluate("e => e.getBoundingClientRect().height")
    assert height > 0
    assert not page.locator("#filter").is_visible()


def test_a_large_report_opens_and_filters(opened):
    page = opened(*large(140, 12))
    page.locator("select[name=section]").select_option("MAIL")
    assert page.locator("#shown").inner_text() == "168 / 1680"
