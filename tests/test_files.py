"""The store of files."""

from __future__ import annotations

import errno
import io
import os

import pytest

from saas import files
from saas.db import new_id
from saas.errors import NotFound, Refused

PDF = b"%PDF-1.7 something"


@pytest.fixture(autouse=True)
def _asking(app):
    with app.test_request_context(base_url="https://seaport.test"):
        yield


class TestPut:
    def test_keeps_the_same_bytes_once(self, config):
        tenant = new_id()
        first, second = (files.put(tenant, io.BytesIO(PDF), name) for name in ("a.pdf", "b.pdf"))
        assert first.sha256 == second.sha256
        assert files.path_of(tenant, first.sha256).read_bytes() == PDF
        assert len([p for p in (config.data_dir / "files" / str(tenant)).rglob("*") if p.is_file()]) == 1

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("page.html", b"<html>"),
            ("picture.svg", b"<svg/>"),
            ("run.exe", b"MZ"),
            ("a.pdf", b"<html>"),
            ("a.png", PDF),
            ("a.pdf.html", PDF),
            ("none", PDF),
            ("a.txt", b"a\0b"),
            ("a.docx", b"not a zip"),
            ("a.pdf", b""),
        ],
    )
    def test_refuses_what_is_not_what_it_says(self, name, content):
        with pytest.raises(Refused):
            files.put(new_id(), io.BytesIO(content), name)

    def test_refuses_what_is_too_large_and_leaves_nothing(self, config):
        tenant = new_id()
        with pytest.raises(Refused, match="larger"):
            files.put(tenant, io.BytesIO(PDF + b"x" * 2_000_000), "a.pdf", largest=1024**2)
        assert not [p for p in (config.data_dir / "files" / str(tenant)).rglob("*") if p.is_file()]

    def test_says_so_when_the_disk_is_full(self, config, monkeypatch):
        tenant = new_id()

        def full(_fd):
            raise OSError(errno.ENOSPC, "no space")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(files.NoSpace):
            files.put(tenant, io.BytesIO(PDF), "a.pdf")
        assert not [p for p in (config.data_dir / "files" / str(tenant)).rglob("*") if p.is_file()]

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("../../etc/passwd.txt", "passwd.txt"),
            ("C:\\temp\\rechnung.pdf", "rechnung.pdf"),
            ("inv\u202efdp.exe.pdf", "invfdp.exe.pdf"),
            ("a\r\nX: y.pdf", "aX: y.pdf"),
            ("合同 2026.pdf", "合同 2026.pdf"),
            ("...", "file"),
            ("", "file"),
        ],
    )
    def test_cleans_names(self, typed, kept):
        assert files.clean_name(typed) == kept

    def test_shortens_long_names_but_not_their_end(self):
        assert files.clean_name("x" * 300 + ".pdf").endswith(".pdf")
        assert len(files.clean_name("x" * 300 + ".pdf")) <= 124


class TestGet:
    @pytest.mark.parametrize("sha256", ["../../../etc/passwd", "0" * 64, "", "A" * 64])
    def test_finds_nothing_else(self, sha256):
        with pytest.raises(NotFound):
            files.path_of(new_id(), sha256)

    def test_keeps_workspaces_apart(self):
        mine = new_id()
        stored = files.put(mine, io.BytesIO(PDF), "a.pdf")
        with pytest.raises(NotFound):
            files.path_of(new_id(), stored.sha256)

    def test_hands_out_to_be_saved(self):
        tenant = new_id()
        stored = files.put(tenant, io.BytesIO(PDF), "合同.pdf")
        answer = files.answer(tenant, stored.sha256, stored.name, stored.media_type)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
