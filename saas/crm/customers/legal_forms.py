"""What companies call themselves beside their name, by which a line of a card is told to be a company's."""

from __future__ import annotations

import re

# By these, written in any way, the same company is known again: what is kept to find it by is made with them.
FORMS = {
    *("ag", "bv", "co", "company", "corp", "corporation", "eg", "gmbh", "inc", "incorporated", "kg", "limited", "llc"),
    *("llp", "ltd", "mbh", "nv", "ohg", "oy", "plc", "pty", "sa", "sarl", "se", "spa", "srl"),
}
CHINESE_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "集团公司", "公司")

# Words of some language too, or short: forms only as they are written here, without dots, at the end of a name.
_SINGLE = """
A/S AB AE AG ANS ApS AS ASA Bhd Bt BV BVBA Co CV DA dd doo EAD eG ehf eK EOOD EPE EURL eV FZCO FZE GbR GesmbH GK
HB hf I/S IKE JSC K/S KB Kft KG KGaA KK Kkt Lda LLP LP Ltda NV Nyrt OE OG OHG OJSC OOD OY Oy Oyj P/S PJSC PLLC
Pte Pvt S/A SA Sarl SARL SAS SASU SAU SC SCA SE SIA SL SLU snc SNC SpA spk SRO sro Tbk UAB UG VOF WLL Zrt AŞ OÜ
Sàrl ΑΕ ΕΠΕ ΙΚΕ АО ЗАО ОАО ООО ПАО ТОВ
"""
WRITTEN = (
    *_SINGLE.split(),
    *("Sp z oo", "Sp z o o", "Sp k", "Sp j", "spol s r o", "SA de CV", "S de RL de CV", "Sdn Bhd", "Ltd Şti"),
)
BEFORE = ("PT", "OOO", "ООО", "ОАО", "ПАО", "АО", "ЗАО", "ТОВ", "UAB", "SIA", "OÜ")  # stand before a name
EAST_ASIAN = (
    *(
        "集团",
        "银行",
        "大学",
        "医院",
        "学院",
        "研究院",
        "研究所",
        "工厂",
        "商店",
        "事务所",
        "合伙企业",
        "合作社",
        "工作室",
    ),
    *("商行", "经营部", "分公司", "株式会社", "有限会社", "合同会社"),
    *("（株）", "(株)", "㈱", "주식회사", "(주)", "㈜", "유한회사"),
)
SHORT = {"ag", "co", "eg", "kg", "sa", "se", "spa", "oy", "bv", "nv"}  # of FORMS: only as they are written

_ANYWHERE = re.compile(rf"\b(?:{'|'.join(sorted(FORMS - SHORT))})\b|& Co\b", re.I)
_WRITTEN = re.compile(rf"(?:^(?:{'|'.join(BEFORE)})\s+\S|\S[\s,]+(?:{'|'.join(map(re.escape, WRITTEN))})$)")
_EAST_ASIAN = re.compile("|".join(map(re.escape, (*CHINESE_FORMS, *EAST_ASIAN))))
_DOTTED_AS = re.compile(r"\S[\s,]+a\.\s?s\.$")  # without its dots it would be a word of every language


def is_company(line: str) -> bool:
    """True of a line that holds a legal form, as the name of a company does."""
    plain = line.replace(".", "").strip()
    return bool(
        _ANYWHERE.search(plain) or _WRITTEN.search(plain) or _DOTTED_AS.search(line) or _EAST_ASIAN.search(line)
    )
