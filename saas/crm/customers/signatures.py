"""What a business card or the end of a mail says, read line by line: who it is, where, and how to be reached.

English, German and Chinese cards are known; what can't be told is left out, since a person looks it over anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

import phonenumbers

from saas.crm.customers import legal_forms
from saas.crm.customers.likeness import company_key, mail_key
from saas.search import fold
from saas.taxes import country

LONGEST = 3000  # characters that are read
LONGEST_PART = 200  # and of one thing it says
HAN = r"\u4e00-\u9fff"  # Chinese characters
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
WEB = re.compile(
    r"(?:https?://|www\.)[^\s,;，；]+"
    r"|(?<![@\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|de|cn|io|eu|example|co)(?:/\S*)?(?![\w@.-])",
    re.I,
)
NUMBER = re.compile(r"\+?\d[\d\s()./-]{5,}\d")
APART = re.compile(
    r"\s*[|•·\t]\s*|\s{3,}|(?<=\S)\s+(?=(?:(?:tel|mob|cell|fax|e-?mail|web)\w*\.?|[tmfpew])\s*[:：])", re.I
)

LABELS = {
    "phone": "tel telephone phone office direct t p telefon durchwahl 电话 座机 固话 办公电话 联系电话",
    "mobile": "mobile mob cell cellphone m mobil handy 手机 手机号 移动电话",
    "email": "email e-mail mail e 邮箱 电子邮箱 电子邮件 邮件",
    "website": "web website www url w internet homepage 网址 官网 网站 主页",
    "address": "address addr add adresse 地址 公司地址 联系地址",
    "name": "name 姓名 联系人",
    "title": "title position 职位 职务",
    "company": "company firma 公司 单位 公司名称",
    "country": "country land 国家",
    "fax": "fax f telefax 传真",
}
TAX = (
    *("vat", "vat id", "vat no", "vat number", "tax id", "tax no", "tax number", "ust-id", "ust-idnr", "ustid"),
    *("steuernummer", "税号", "纳税人识别号", "统一社会信用代码", "信用代码"),
)
OWN_LINE = {"name", "title", "company", "address", "country", "tax_number"}  # whose line says nothing else
NUMBERS = {"phone", "mobile", "fax"}
LABELLED = {word: part for part, words in LABELS.items() for word in words.split()} | dict.fromkeys(TAX, "tax_number")
LABEL = re.compile(
    rf"^({'|'.join(map(re.escape, sorted(LABELLED, key=len, reverse=True)))})\s*(?:[:：.]+|(?=\s?[+(\d]))\s*(.+)$", re.I
)

TITLE = re.compile(
    r"\b(manager|director|chief|ceo|cto|cfo|coo|president|founder|owner|partner|head of|lead|engineer|officer|assistant"
    r"|consultant|representative|executive|sales|purchasing|marketing|buyer|secretary|geschäftsführer(?:in)?|leiter(?:in)?"
    r"|vertrieb|einkauf|assistenz|prokurist(?:in)?)\b",
    re.I,
)
CHINESE_TITLE = re.compile(
    r"(?:[\u4e00-\u9fff]{0,6})(?:总经理|经理|总监|主任|工程师|总裁|董事长|董事|主管|助理|代表|顾问|部长|厂长|秘书|会计|采购|销售)$"
)
ADDRESS = re.compile(
    r"\d.*(str\.|straße|strasse|street|\bst\b|road|\brd\b|avenue|\bave\b|lane|platz|weg\b|allee|drive|\bdr\b|blvd|suite|floor|square|quay)"
    r"|(str\.|straße|strasse|street|road|avenue|lane|platz|weg|allee|drive|damm|ring|ufer|kai)\s+\d"
    r"|\b(?:[A-Z]{1,2}-)?\d{4,6}\s+[A-ZÄÖÜ]|\b[A-Z]{2}\s+\d{5}\b|p\.?\s?o\.?\s?box",
    re.I,
)
CHINESE_ADDRESS = re.compile(r"(?:省|市|区|县|镇).*(?:路|街|道|号|楼|室|座|大厦|园)|(?:路|街|道|巷)\d+号")
CITY = re.compile(r"\b(?:[A-Z]{1,2}-)?\d{4,5}\s+([A-ZÄÖÜ][^\W\d_]+(?:[ -][A-ZÄÖÜ][^\W\d_]+)*)")
US_CITY = re.compile(r"([A-Z][\w.]+(?: [A-Z][\w.]+)*),\s*[A-Z]{2}\s+\d{5}\b")
CHINESE_CITY = re.compile(rf"(?:^|省|自治区|\s)([{HAN}]{{2,4}}?)市")
LATIN_NAME = re.compile(
    r"^(?:(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Dipl|Ing)\.?[\s-]*)*((?:[^\W\d_][\w'’.-]*\s+){1,3}[^\W\d_][\w'’-]+)$"
)
CHINESE_REGION = re.compile(rf"^([{HAN}]{{2,3}}省|[{HAN}]{{2,6}}自治区)")
POSTCODE = re.compile(r"\s*邮编\s*[:：]?\s*\d{6}")
HAN_NAME = re.compile(rf"^([{HAN}])\s?([{HAN}]{{1,3}})$")
CLOSINGS = (
    *("regards", "best", "sincerely", "cheers", "thanks", "thank you", "grüßen", "grüße", "gruß"),
    *("此致", "敬礼", "祝好", "谢谢"),
)


@dataclass
class Signature:
    """What was recognised; None where nothing was."""

    name: str | None = None
    company: str | None = None
    title: str | None = None
    phone: str | None = None
    mobile: str | None = None
    fax: str | None = None
    email: str | None = None
    website: str | None = None
    address: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    tax_number: str | None = None
    rest: str | None = None  # what else stands there, where anything was recognised

    def beside(self, *taken: str) -> str | None:
        """What it says that isn't among the parts `taken`, a line each."""
        parts = [getattr(self, part.name) for part in fields(self) if part.name not in {*taken, "rest"}]
        return "\n".join(part for part in [*parts, self.rest] if part) or None

    @property
    def street(self) -> str | None:
        """The address without city, region and country, for whom each has a place of its own."""
        rest = self.address or ""
        for part in (self.country, self.region, self.city):
            before, _part, after = rest.rpartition(part) if part else (rest, "", "")
            rest = f"{before}{after.removeprefix('市') if part == self.city else after}" if _part else rest
        return re.sub(r"\s*,(?:\s*,)+", ",", rest).strip(" ,，") or None


def read(text: str, region: str | None) -> Signature:
    """Read a card or a signature.

    Args:
        text: as it was pasted; what is beyond 3000 characters is left out.
        region: the country of a number without a prefix ("CN"); None: only whole numbers and labelled ones are known.
    """
    found, addresses, others = Signature(), list[str](), list[str]()
    for part in _parts(text[:LONGEST]):
        label, value = _label(part)
        rest = value if label in OWN_LINE else _take_ways(found, label, value, region)
        if label == "address":
            addresses.append(rest)
        elif label in OWN_LINE:
            setattr(found, label, getattr(found, label) or rest)
        elif label is None and rest and not _take_words(found, rest, addresses):
            others.append(rest)
    _place(found, addresses)
    if found.company is None:
        others = _find_company(found, others)
    found.rest = (found.beside() and "\n".join(others)) or None
    return found


def _find_company(found: Signature, others: list[str]) -> list[str]:
    """Take for the company, which has no legal form, what the domain repeats; returns the lines that are left."""
    if found.name and _is_at(found, found.name):
        found.company, found.name = found.name, None
        return [one for one in others if not _is_person(found, one)]
    found.company = next((one for one in others if _is_at(found, one)), None)
    return [one for one in others if one != found.company]


def _is_at(found: Signature, line: str) -> bool:
    """True of a line that the domain of the mail address or the web address repeats, as it does a company's name."""
    name, domain = company_key(line), mail_key(found.email) or mail_key(found.website)
    return bool(name and domain) and len(name or "") > 3 and (domain or "").partition(".")[0].replace("-", "") == name


def _parts(text: str) -> list[str]:
    lines = text.replace("\u3000", "   ").splitlines()
    parts = (part.strip(" \t,;，；-–—_*") for line in lines for part in APART.split(line))
    return [part[:LONGEST_PART] for part in parts if part and not _is_closing(part)]


def _is_closing(part: str) -> bool:
    words = fold(part)
    return (
        len(part) < 40
        and not any(sign.isdigit() for sign in part)
        and any(words.endswith(fold(end)) for end in CLOSINGS)
    )


def _label(part: str) -> tuple[str | None, str]:
    known = LABEL.match(part)
    return (LABELLED[known[1].lower()], known[2].strip()) if known else (None, part)


def _take_ways(found: Signature, label: str | None, value: str, region: str | None) -> str:
    """Take mail, web and phones out of a part; returns what is left of it."""
    if mail := MAIL.search(value):
        found.email = found.email or mail[0]
        value = value.replace(mail[0], " ")
    if web := WEB.search(value):
        found.website = found.website or web[0].rstrip(".,;)")
        value = value.replace(web[0], " ")
    for number, written in _numbers(value, label, region):
        kind = label if label in NUMBERS else number
        setattr(found, kind, getattr(found, kind) or written)
        value = value.replace(written, " ")
    return value.strip(" ,;，；:：-")


def _numbers(value: str, label: str | None, region: str | None) -> list[tuple[str, str]]:
    """(phone or mobile, as it is written) of each number in a part; where it is called one, whatever looks like it."""
    known = list(phonenumbers.PhoneNumberMatcher(value, region))
    if known:
        return [("mobile" if _is_mobile(one.number) else "phone", one.raw_string) for one in known]
    bare = NUMBER.search(value) if label in NUMBERS else None
    return [("phone", bare[0])] if bare else []


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def _take_words(found: Signature, part: str, addresses: list[str]) -> bool:
    """Take what a line without a label is; False where it is nothing that is known."""
    if found.country is None and _is_country(part):
        found.country = part
    elif CHINESE_ADDRESS.search(part) or ADDRESS.search(part):
        addresses.append(part)
    elif found.company is None and legal_forms.is_company(part):
        found.company = part
    elif _is_person(found, part):
        pass
    elif found.title is None and (TITLE.search(part) or CHINESE_TITLE.search(part)):
        found.title = part
    else:
        return False
    return True


def _is_country(part: str) -> bool:
    """True of a country's name; its code alone may be anything."""
    return (len(part) > 2 or part.upper() == "UK" or "\u4e00" <= part[:1] <= "\u9fff") and bool(country(part, ""))


def _is_person(found: Signature, part: str) -> bool:
    """Take a name, and a position that stands beside it; False where the part is no name."""
    if found.name is not None:
        return False
    pieces = re.split(r"\s*[,，/／]\s*|\s{2,}|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff]{2,}$)", part, maxsplit=1)
    name, title = pieces[0], pieces[1] if len(pieces) > 1 else None
    if title is None and (beside := CHINESE_TITLE.search(part)) and beside.start() == 0:
        cut = 3 if len(part) > 5 else 2
        name, title = (part[:cut], part[cut:]) if len(part) > 4 else (part, None)
    words = name.split()
    is_latin = LATIN_NAME.match(name) and words[0][0].isupper() and words[-1][0].isupper()
    if TITLE.search(name) or CHINESE_TITLE.match(name) or not (is_latin or HAN_NAME.match(name)):
        return False
    found.name, found.title = name.replace(" ", "") if HAN_NAME.match(name) else name, found.title or title
    return True


def _place(found: Signature, addresses: list[str]) -> None:
    if not addresses:
        return
    is_chinese = any(re.search(f"[{HAN}]", one) for one in addresses)
    found.address = ("" if is_chinese else ", ").join(POSTCODE.sub("", one) for one in addresses)
    city = (
        CHINESE_CITY.search(found.address)
        if is_chinese
        else US_CITY.search(found.address) or CITY.search(found.address)
    )
    found.city = city[1] if city else None
    if region := CHINESE_REGION.search(found.address):
        found.region = region[1]
    last = re.split(r"[,，]", found.address)[-1].strip()
    if found.country is None and _is_country(last):
        found.country = last
