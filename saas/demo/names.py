"""Names for crowds of made-up customers: enough of them that one word finds a few among a hundred thousand."""

from __future__ import annotations

import random


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


HEADS = _words(
    "Ald Bram Cor Dal Elm Fal Gren Hart Iver Jas Kel Lor Mar Nor Ost Pel Quin Ros Sel Tarn Ul Ver Wex Yar Zeb"
)
MIDDLES = _words("a e i o u ber den ler mon ran ser tin")
TAILS = _words("by croft dale feld gate ham holm land lund mark mere mont more ridge stad ton vale ville wick worth")
TRADES = _words(
    "Machinery Software Logistics Shipping Hospitality Food Energy Furniture Health Pharma Mining Tools Textiles"
    " Aviation Education Finance Retail Packaging Construction Media Optics Agriculture"
)
TOWNS = _words(
    "Portland Boston Newark Seattle Denver Baltimore Houston Leeds Bristol Hamburg Bremen Utrecht Ghent Lyon"
)
FORMS = ("Ltd", "Inc.", "GmbH", "& Sons", "Group", "Works", "Partners", "Systems")
FIRST = _words(
    "Anna Ben Clara David Elena Frank Grace Hugo Ines Jonas Karla Leo Mira Noah Olga Paul Rosa Sam Tara Victor"
)
POSITIONS = ("Head of purchasing", "Operations", "Finance", "Plant manager", "Chief engineer", "Managing director")

ZH_TOWNS = _words("杭州 苏州 宁波 上海 南京 青岛 合肥 厦门 无锡 深圳 成都 武汉 西安 重庆 大连 天津 长沙 福州 济南 郑州")
ZH_WORDS = _words("云帆 海蓝 晨光 天府 江城 秦岭 山城 泉城 中原 岭南 瓯江 龙城 华兴 恒达 瑞丰 金源 博远 新泰 宏图 嘉禾")
ZH_TRADES = _words(
    "机械 软件 物流 船舶 酒店 食品 能源 家具 医疗 制药 矿业 工具 纺织 航空 教育 金融 零售 包装 建筑 传媒"
)
ZH_FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
ZH_GIVEN = _words(
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 涛 明 超 秀英 建国 海燕 志远 婷婷 文博 子轩 雨桐 浩然 思远 晓东 玉兰"
)
ZH_POSITIONS = ("采购总监", "财务经理", "厂长", "总工程师", "总经理", "质量主管")

DEALS = ("Spindle retrofit", "New line", "Spare parts, yearly", "Drive upgrade", "Service contract", "Pilot plant")
COMPLAINTS = (
    ("Delivery arrived damaged", "The housings are dented. The boxes were wet when they came."),
    ("Panel shows error 14", "It happens after every restart, since Monday."),
    ("Invoice names the wrong address", "We moved in spring. Please send it to the new address."),
    ("到货破损", "外壳有凹陷，包装箱到货时是湿的。"),
)


def stem(chance: random.Random) -> str:
    """A family or company name such as "Brammonholm"; one of six thousand."""
    return chance.choice(HEADS) + chance.choice(MIDDLES) + chance.choice(TAILS)


def company(chance: random.Random) -> dict[str, str]:
    """name, industry, city and country of a company; one in four is Chinese."""
    if chance.random() < 0.25:
        town, trade = chance.choice(ZH_TOWNS), chance.choice(ZH_TRADES)
        return {
            "name": f"{town}{chance.choice(ZH_WORDS)}{trade}有限公司",
            "industry": trade,
            "city": town,
            "country": "中国",
        }
    trade = chance.choice(TRADES)
    name = f"{stem(chance)} {trade} {chance.choice(FORMS)}"
    return {"name": name, "industry": trade, "city": chance.choice(TOWNS), "country": "United States"}


def person(chance: random.Random, *, chinese: bool) -> dict[str, str]:
    """name and title of somebody at a company."""
    if chinese:
        return {"name": chance.choice(ZH_FAMILY) + chance.choice(ZH_GIVEN), "title": chance.choice(ZH_POSITIONS)}
    return {"name": f"{chance.choice(FIRST)} {stem(chance)}", "title": chance.choice(POSITIONS)}
