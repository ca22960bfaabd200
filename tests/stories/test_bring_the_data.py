"""A list from elsewhere comes in: looked at first, left and found again, corrected, sent again and taken back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.stories.conftest import House, look, work_until

HEAD = ("account", "sector", "year_established", "employees", "office_location", "Rufnummer")
ROWS = (
    ("Acme Corporation", "technology", "1996", "2822", "United States", "+1 555 0101"),
    ("Betasoloin", "medical", "1999", "495", "United States", "+1 555 0102"),
    ("Cancity", "retail", "2001", "many", "Kenya", "+254 555 0103"),
)


def as_csv(rows) -> bytes:
    return "\n".join(",".join(row) for row in (HEAD, *rows)).encode()


def as_xlsx(rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEAD, *rows)):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def upload(house: House, page: Page, name: str, content: bytes) -> None:
    """From the list of customers to the step that asks about columns."""
    page.get_by_role("link", name="Customers", exact=True).first.click()
    page.get_by_role("main").get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    expect(page.get_by_role("main")).to_contain_text(name)
    page.get_by_role("button", name="Read the file").click()
    wait_for(house, page, "What is in which column?")


def wait_for(house: House, page: Page, words: str) -> None:
    """The bar moves by itself until the next step is there."""
    work_until(house, page, page.get_by_role("main").get_by_text(words))


def figures(page: Page) -> dict[str, str]:
    """New, updated, skipped, refused, as the page shows them."""
    labels, values = page.locator(".figures .stat-label"), page.locator(".figures .stat-value")
    return dict(zip(labels.all_inner_texts(), values.all_inner_texts(), strict=True))


@pytest.mark.browser
def go_on(page) -> None:
    """On from the columns; words that no dictionary has yet are looked at and added."""
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(lambda url: not url.endswith("/columns"))
    if page.url.endswith("/names"):
        look(page)
        page.get_by_role("button", name="Check the rows").click()


class TestBringingData:
    @pytest.mark.shows("AD8", "AD14")
    def test_a_csv_is_mapped_tried_brought_in_corrected_and_undone(self, house, visitor):
        page = house.enter(visitor())
        page.get_by_role("link", name="Bring your customers").click()
        look(page)
        upload(house, page, "accounts.csv", as_csv(ROWS))
        expect(page.get_by_label("sector")).to_have_value("industry")
        page.get_by_label("Rufnummer").select_option("phone")
        look(page)
        go_on(page)
        wait_for(house, page, "This would happen")
        assert figures(page) == {"New": "2", "Updated": "0", "Skipped": "0", "Refused": "1"}
        expect(page.get_by_role("main")).to_contain_text("Cancity")
        look(page)

        page.get_by_role("link", name="Today").click()  # left, and found again
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Imports").click()
        look(page)
        page.get_by_role("link", name="accounts.csv").click()
        page.get_by_role("button", name="Bring in 2 rows").click()
        wait_for(house, page, "2 rows are in.")
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download as CSV").click()
        refused = Path(coming.value.path()).read_text(encoding="utf-8-sig")
        assert "Cancity" in refused
        assert "Acme" not in refused

        upload(house, page, "refused.csv", refused.replace("many", "75").encode())
        go_on(page)
        wait_for(house, page, "This would happen")
        page.get_by_role("button", name="Bring in 1 row").click()
        wait_for(house, page, "Have a look")
        page.get_by_role("link", name="Have a look").click()
        expect(page.get_by_role("main")).to_contain_text("1 customer")
        expect(page.get_by_role("link", name="+254 555 0103")).to_be_visible()
        look(page)

        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Imports").click()
        page.get_by_role("link", name="accounts.csv").click()
        page.get_by_role("button", name="Undo this import").click()
        asked = page.get_by_role("dialog", name="Undo this import")
        expect(asked).to_contain_text("It takes out what the import made: 2 customers")
        look(page)
        asked.get_by_role("button", name="Undo this import").click()
        wait_for(house, page, "everything is as it was before")
        look(page)

    @pytest.mark.shows("AD8")
    def test_a_sheet_sent_twice_doubles_nothing(self, house, visitor):
        page = house.enter(visitor())
        for counts in ({"New": "2", "Skipped": "0"}, {"New": "0", "Skipped": "2"}):
            page.get_by_role("link", name="Today").click()
            upload(house, page, "accounts.xlsx", as_xlsx(ROWS[:2]))
            go_on(page)
            wait_for(house, page, "This would happen")
            assert counts.items() <= figures(page).items()
            if counts["New"] == "2":
                page.get_by_role("button", name="Bring in 2 rows").click()
                wait_for(house, page, "2 rows are in.")
