"""Attachments: harmless names, no active kinds, pictures without what hid in them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from saas import files, uploads
from saas.errors import Refused

TENANT = uuid4()


@pytest.fixture(autouse=True)
def store(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store of the test's own."""
    monkeypatch.setitem(app.extensions, "config", SimpleNamespace(files_url="", data_dir=tmp_path))
    with app.test_request_context(base_url="https://seaport.test"):
        yield tmp_path


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def office(part: str) -> bytes:
    """An Office document."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<a/>")
    return out.getvalue()


def take(content: bytes, name: str) -> tuple[files.Stored, bytes]:
    """Upload it; what is kept."""
    kept = uploads.take(TENANT, io.BytesIO(content), name)
    return kept, files.path_of(TENANT, kept.sha256).read_bytes()


class TestTake:
    @pytest.mark.parametrize(
        ("content", "name", "media_type"),
        [
            (b"%PDF-1.7\n", "offer.pdf", "application/pdf"),
            (office("word/document.xml"), "letter.docx", files.KINDS["docx"][0]),
            ("您好".encode(), "note.txt", "text/plain"),
            (b"a,b\n", "list.csv", "text/csv"),
        ],
    )
    def test_keeps_documents_as_they_came(self, content, name, media_type):
        stored, kept = take(content, name)
        assert (stored.name, stored.media_type, kept) == (name, media_type, content)

    def test_draws_pictures_anew(self):
        about = PngInfo()
        about.add_text("Comment", "SECRET <script>alert(1)</script>")
        stored, kept = take(picture(pnginfo=about) + b"<script>alert(1)</script>", "p.png")
        assert b"script" not in kept
        assert b"SECRET" not in kept
        assert Image.open(io.BytesIO(kept)).size == (40, 30)
        assert stored.media_type == "image/png"

    def test_forgets_where_a_photo_was_taken_and_stands_it_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # lying on its side
        exif[0x010E] = "SECRET PLACE"
        exif.get_ifd(0x8825)[1] = "N"
        _stored, kept = take(picture("JPEG", exif=exif, comment=b"SECRET"), "p.jpg")
        shown = Image.open(io.BytesIO(kept))
        assert shown.size == (30, 40)
        assert not shown.getexif()
        assert b"SECRET" not in kept

    @pytest.mark.parametrize(
        ("kind", "name", "kept_as"),
        [
            ("GIF", "a.gif", "a.png"),
            ("WEBP", "a.webp", "a.webp"),
            ("JPEG", "a.jpeg", "a.jpg"),
            ("PNG", "a.jpg", "a.png"),
        ],
    )
    def test_names_a_picture_for_what_it_became(self, kind, name, kept_as):
        assert take(picture(kind), name)[0].name == kept_as

    def test_keeps_a_large_photo_smaller(self):
        _stored, kept = take(picture("JPEG", (6_000, 3_000)), "p.jpg")
        assert Image.open(io.BytesIO(kept)).size == (5_000, 2_500)


class TestRefuse:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo.svg"),
            (b"<html><script>alert(1)</script>", "page.html"),
            (b"<html>", "page.htm"),
            (b"<html>", "page.xhtml"),
            (b"<?xml version='1.0'?>", "data.xml"),
            (b"alert(1)", "run.js"),
            (b"MZ\x90\x00\x03", "setup.exe"),
            (b"MZ\x90\x00\x03", "invoice.pdf.exe"),
            (b"MZ\x90\x00\x03", "invoice.pdf"),
            (b"MZ\x90\x00\x03", "readme.txt"),
            (b"\x7fELF\x02\x01\x01\x00", "tool.zip"),
            (b"#!/bin/sh\n", "run.sh"),
            (b"<?php system('id');", "shell.php"),
            (b"<?php system('id');", "shell.php.jpg"),
            (b"GIF89a<?php system('id');", "shell.gif"),
            (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "fake.png"),
            (b"\xff\xd8\xff<script>", "fake.jpg"),
            (b"RIFF\x00\x00\x00\x00WEBP<script>", "fake.webp"),
            (b"[InternetShortcut]\nURL=file:///", "go.url"),
            (b"L\x00\x00\x00\x01\x14\x02\x00", "go.lnk"),
            (b"@echo off", "run.bat"),
            (b"x", "noending"),
            (b"x", ".htaccess"),
            (b"x", ""),
            (b"", "empty.txt"),
            (b"", "empty.png"),
            (b"PK\x03\x04", "app.jar"),
            (b"PK\x03\x04", "app.apk"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "install.msi"),
            (b"<svg/>", "logo.png"),
            (b"<html/>", "offer.pdf"),
        ],
    )
    def test_what_is_active_or_false(self, content, name, store):
        with pytest.raises(Refused) as caught:
            take(content, name)
        assert caught.value.field == "file"
        assert not [path for path in store.rglob("*") if path.is_file()]

    def test_the_test_virus(self):
        # In two parts, so that no scanner takes this test for it.
        sign = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
        with pytest.raises(Refused, match="harmful"):
            take(sign, "note.txt")

    def test_what_an_operators_scanner_finds(self, monkeypatch):
        monkeypatch.setattr(uploads, "scanners", [lambda source: b"worm" in source.read()])
        with pytest.raises(Refused, match="harmful"):
            take(b"a worm", "note.txt")
        assert take(b"a bird", "note.txt")[1] == b"a bird"

    def test_a_picture_of_fifty_million_pixels(self):
        with pytest.raises(Refused, match="pixels"):
            take(picture("PNG", (10_000, 5_000)), "big.png")

    def test_a_picture_that_only_claims_to_be_huge(self):
        head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
        body = (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big")
        with pytest.raises(Refused):
            take(b"\x89PNG\r\n\x1a\n" + body, "claims.png")

    def test_one_too_large(self):
        with pytest.raises(Refused, match="larger than"):
            uploads.take(TENANT, io.BytesIO(b"%PDF-" + b"x" * 3_000_000), "a.pdf", largest=2_000_000)
        with pytest.raises(Refused, match="larger than"):
            uploads.take(TENANT, io.BytesIO(picture() + b"x" * 3_000_000), "a.png", largest=2_000_000)


class TestSafeName:
    @pytest.mark.parametrize(
        ("name", "safe"),
        [
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("..\\..\\windows\\a.pdf", "a.pdf"),
            ("/etc/a.pdf", "a.pdf"),
            ("C:\\a.pdf", "a.pdf"),
            ("a.pdf/", "file.pdf"),
            ("invoice.exe.pdf", "invoice_exe.pdf"),
            ("a.php.html.pdf", "a_php_html.pdf"),
            ("report v1.2.pdf", "report v1.2.pdf"),
            ("Angebot 2026.03.04.pdf", "Angebot 2026.03.04.pdf"),
            ("offer\u202efdp.exe.pdf", "offerfdp_exe.pdf"),
            ("a\u200bb\u2066c.pdf", "abc.pdf"),
            ("a\x00b\r\nc.pdf", "abc.pdf"),
            ('a"b<c>d|e?f*g:h%2e.pdf', "a_b_c_d_e_f_g_h_2e.pdf"),
            ("CON.pdf", "CON_file.pdf"),
            ("nul.pdf", "nul_file.pdf"),
            (".pdf", "pdf.pdf"),
            ("...pdf", "pdf.pdf"),
            ("  .pdf", "pdf.pdf"),
            ("report.PDF", "report.pdf"),
            ("scan", "scan.pdf"),
            ("scan.tmp", "scan.pdf"),
            ("客户 合同.pdf", "客户 合同.pdf"),
        ],
    )
    def test_can_not_mislead(self, name, safe):
        assert uploads.safe_name(name, b"%PDF-1.7") == safe

    def test_stays_short(self):
        assert len(uploads.safe_name("a" * 5_000 + ".pdf", b"%PDF-")) <= 130
