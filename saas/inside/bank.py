"""Reads an account statement (ISO 20022 camt.053, any version); inside the child."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from saas.child import Stopped

BATCH = 500


def read(material: BinaryIO, *, most: int) -> Iterator[list[dict[str, str]]]:
    """The booked entries of a statement, in batches: day, amount (below 0: it went out), currency, text, payer, iban,
    reference, own. A batch booking is told by its parts.

    Raises:
        Stopped: "kind" it is no such file, "rows" it holds more than `most` entries.
    """
    try:
        root = parse(material, forbid_dtd=True).getroot()
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise Stopped("kind") from error
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    if root.find("BkToCstmrStmt") is None:
        raise Stopped("kind")
    found = [
        part for statement in root.iter("Stmt") for entry in statement.iter("Ntry") for part in _entry(statement, entry)
    ]
    if len(found) > most:
        raise Stopped("rows", limit=most)
    for at in range(0, len(found), BATCH):
        yield found[at : at + BATCH]


def _entry(statement: Any, entry: Any) -> Iterator[dict[str, str]]:
    state = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if state not in ("", "BOOK"):
        return
    is_out = _text(entry, "CdtDbtInd") == "DBIT"
    whole = entry.find("Amt")
    day = (_text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm") or _text(entry, "ValDt/Dt"))[:10]
    if whole is None or not day:
        raise Stopped("kind")
    parts = list(entry.iter("TxDtls"))
    single = len(parts) < 2
    for number, part in enumerate(parts or [entry]):
        amount = _amount(part) if not single else whole
        amount = whole if amount is None else amount
        side = "Cdtr" if is_out else "Dbtr"
        yield {
            "day": day,
            "amount": ("-" if is_out else "") + (amount.text or "").strip(),
            "currency": amount.get("Ccy", ""),
            "text": " ".join(_texts(part, "RmtInf/Ustrd") + _texts(part, "RmtInf/Strd/CdtrRefInf/Ref"))
            or _text(entry, "AddtlNtryInf"),
            "payer": _text(part, f"RltdPties/{side}/Nm") or _text(part, f"RltdPties/{side}/Pty/Nm"),
            "iban": _text(part, f"RltdPties/{side}Acct/Id/IBAN"),
            "reference": _text(part, "Refs/AcctSvcrRef")
            or " ".join(filter(None, [_text(entry, "AcctSvcrRef"), str(number) if not single else ""])),
            "own": _text(statement, "Acct/Id/IBAN"),
        }


def _amount(part: Any) -> Any:
    found = part.find("AmtDtls/TxAmt/Amt")
    return part.find("Amt") if found is None else found


def _texts(part: Any, path: str) -> list[str]:
    return [" ".join((one.text or "").split()) for one in part.findall(path) if one.text]


def _text(part: Any, path: str) -> str:
    return " ".join((part.findtext(path) or "").split())
