"""Who works in the two demo workspaces, and the words their stories are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cast:
    """One workspace: its people by role, and what their customers are called."""

    slug: str
    name: str
    locale: str
    timezone: str
    currency: str
    members: tuple[tuple[str, str, str], ...]  # (role, name, what stands before the @)
    customer: tuple[str, str]  # name and mail name of the person who signs in to the customer portal
    partner: tuple[str, str]
    companies: tuple[tuple[str, str, str], ...]  # (name, industry, city)
    contacts: tuple[tuple[str, str], ...]  # (name, position)
    products: tuple[tuple[str, str, str], ...]  # (name, series, price)
    deals: tuple[str, ...]
    sources: tuple[str, ...]
    calls: tuple[str, ...]
    tasks: tuple[str, ...]
    complaints: tuple[tuple[str, str], ...]
    answer: str  # to the first complaint
    solved: tuple[tuple[str, str, str], ...]  # complaints of the last weeks (subject, text, answer)
    leads: tuple[tuple[str, str], ...]  # (person, company)
    mails: tuple[tuple[str, str, str], ...]  # the latest first (subject, text, our answer; "": none yet)
    stray: tuple[str, str, str, str]  # of somebody unknown (name, address, subject, text)
    reasons: tuple[str, ...]  # why a deal was lost
    rivals: tuple[str, ...]  # who offers against us
    country: str
    phone: str  # with {n} for the last figures

    def email(self, name: str) -> str:
        """The address of one of its people; no mail ever reaches it."""
        return f"{name}@{self.slug}.example"


HARBOR = Cast(
    slug="harbor",
    name="Harbor Trading",
    locale="en",
    timezone="America/New_York",
    currency="USD",
    members=(
        ("owner", "Mira Olsen", "mira"),
        ("manager", "Daniel Reyes", "daniel"),
        ("agent", "Priya Nair", "priya"),
        ("agent", "Tom Becker", "tom"),
        ("readonly", "Grace Lim", "grace"),
    ),
    customer=("Jana Kroger", "jana"),
    partner=("Luis Ortega", "luis"),
    companies=(
        ("Northlight Machine Works", "Machinery", "Portland"),
        ("Elbe Systems", "Software", "Boston"),
        ("Crane Logistics", "Logistics", "Newark"),
        ("Fjord Marine", "Shipping", "Seattle"),
        ("Alder Hotels", "Hospitality", "Denver"),
        ("Bluefin Foods", "Food", "Baltimore"),
        ("Copperfield Energy", "Energy", "Houston"),
        ("Dovetail Furniture", "Furniture", "Grand Rapids"),
        ("Eastgate Clinics", "Health", "Philadelphia"),
        ("Foxglove Pharma", "Pharma", "San Diego"),
        ("Granite Peak Mining", "Mining", "Salt Lake City"),
        ("Hollow Creek Brewing", "Food", "Asheville"),
        ("Ironwood Tools", "Machinery", "Cleveland"),
        ("Juniper Textiles", "Textiles", "Charlotte"),
        ("Kestrel Aviation", "Aviation", "Wichita"),
        ("Larkspur Schools", "Education", "Madison"),
        ("Maple Street Bank", "Finance", "Hartford"),
        ("Nettle & Sons", "Retail", "Chicago"),
        ("Orchard Packaging", "Packaging", "Rochester"),
        ("Pinewood Construction", "Construction", "Atlanta"),
        ("Quarry Lane Studios", "Media", "Nashville"),
        ("Riverbend Paper", "Packaging", "Green Bay"),
        ("Saltmarsh Fisheries", "Food", "Gloucester"),
        ("Tidewater Electric", "Energy", "Norfolk"),
        ("Union Valve", "Machinery", "Pittsburgh"),
        ("Vesper Optics", "Optics", "Tucson"),
        ("Willow Home Care", "Health", "Omaha"),
        ("Yarrow Seeds", "Agriculture", "Des Moines"),
    ),
    contacts=(
        ("Jana Kroger", "Head of purchasing"),
        ("Sam Whitfield", "Operations"),
        ("Elena Petrov", "Finance"),
        ("Marcus Hale", "Plant manager"),
        ("Aisha Bello", "Chief engineer"),
        ("Noah Fischer", "Purchasing"),
        ("Ruth Delgado", "Managing director"),
        ("Owen Park", "Quality"),
    ),
    products=(
        ("Spindle S2", "Spindles", "1850.00"),
        ("Spindle S4", "Spindles", "4200.00"),
        ("Drive unit D1", "Drives", "2380.00"),
        ("Control panel CP", "Controls", "990.00"),
        ("Service contract, one year", "Service", "1200.00"),
    ),
    deals=("Spindle retrofit", "New line", "Spare parts, yearly", "Drive upgrade", "Service contract", "Pilot plant"),
    sources=("Trade fair", "Website", "Referral", "Partner", "Cold call"),
    calls=(
        "Budget confirmed for the first quarter. Wants delivery split in two.",
        "Happy with the trial unit; asks for a second reference.",
        "Their engineer compares us with two others until the end of the month.",
        "Price is fine, delivery time is what they worry about.",
        "Asked for the drawing of the mounting plate.",
    ),
    tasks=("Call about the delivery date", "Send the revised drawing", "Visit the plant", "Ask for the order number"),
    complaints=(
        ("Two of five spindles arrived damaged", "The housings are dented. The boxes were wet when they came."),
        ("Control panel shows error 14", "It happens after every restart, since Monday."),
        ("Invoice names the wrong address", "We moved in spring. Please send it to the new address."),
    ),
    answer="We are sorry about that. Two new spindles leave today; please keep the damaged ones for the carrier.",
    solved=(
        (
            "Drive unit runs hot",
            "After two hours it switches itself off.",
            "The fan filter is on its way to you today.",
        ),
        (
            "Delivery came a week late",
            "Our line stood still for two days.",
            "We have moved your orders to another carrier.",
        ),
        (
            "Manual is missing",
            "The box held no manual, only the unit.",
            "You have it by mail now; the printed one follows.",
        ),
        (
            "Spindle S4 is louder than the last",
            "Same place, same speed.",
            "Our fitter comes on Thursday and measures it.",
        ),
        (
            "Charged twice for freight",
            "See the last two invoices.",
            "You are right. The second amount goes back today.",
        ),
        (
            "Panel speaks the wrong language",
            "We cannot read its menu.",
            "Hold the two lower keys; a list of languages opens.",
        ),
    ),
    leads=(("Hugo Lindqvist", "Lindqvist Castings"), ("Farah Khan", "Khan Dairy"), ("Peter Osei", "Osei Cold Stores")),
    mails=(
        (
            "Delivery in two parts",
            "Could half of the spindles come in the first week of the month, and the rest two weeks later?",
            "",
        ),
        (
            "Drawing of the mounting plate",
            "Our fitter needs the bore pattern of the D1. Do you have a drawing?",
            "It is on its way to you today. The four M8 bores lie on a square of 120 mm.",
        ),
        (
            "Prices for next year",
            "We are planning the budget. Will the price of the S4 change in January?",
            "It stays as it is until the end of March; what you order before then keeps it.",
        ),
        (
            "A reference in our trade",
            "Is there somebody nearby who runs the S2 day and night? We would like to see one.",
            "Union Valve would be glad to show you theirs. Shall I ask them for a day?",
        ),
    ),
    stray=(
        "Ingrid Solberg",
        "ingrid@solberg-saws.example",
        "Spindles for a sawmill",
        "We saw your stand at the fair. What does an S4 cost, and how long does it take?",
    ),
    reasons=("Chose a cheaper offer", "Project put off until next year", "No answer in time"),
    rivals=("Northgate Drives", "Baltic Motion"),
    country="United States",
    phone="+1 503 555 0{n:03}",
)

LAGOON = Cast(
    slug="lagoon",
    name="海湾贸易",
    locale="zh",
    timezone="Asia/Shanghai",
    currency="CNY",
    members=(
        ("owner", "林海燕", "linhaiyan"),
        ("manager", "陈志远", "chenzhiyuan"),
        ("agent", "王伟", "wangwei"),
        ("agent", "李静", "lijing"),
        ("readonly", "赵敏", "zhaomin"),
    ),
    customer=("周洋", "zhouyang"),
    partner=("吴磊", "wulei"),
    companies=(
        ("杭州西湖茶业有限公司", "食品", "杭州"),
        ("苏州工业园机电设备厂", "机械", "苏州"),
        ("宁波港通物流有限公司", "物流", "宁波"),
        ("上海晨光文具批发", "零售", "上海"),
        ("南京云帆软件有限公司", "软件", "南京"),
        ("青岛海蓝冷链有限公司", "食品", "青岛"),
        ("合肥皖能电气有限公司", "能源", "合肥"),
        ("厦门鹭岛酒店管理", "酒店", "厦门"),
        ("无锡太湖纺织有限公司", "纺织", "无锡"),
        ("深圳前海光电科技", "电子", "深圳"),
        ("成都天府餐饮连锁", "餐饮", "成都"),
        ("武汉江城医疗器械", "医疗", "武汉"),
        ("西安秦岭航空部件", "航空", "西安"),
        ("重庆山城汽配有限公司", "汽车", "重庆"),
        ("大连北方船舶工程", "船舶", "大连"),
        ("天津滨海化工有限公司", "化工", "天津"),
        ("长沙岳麓教育科技", "教育", "长沙"),
        ("福州闽江建材有限公司", "建材", "福州"),
        ("济南泉城包装有限公司", "包装", "济南"),
        ("郑州中原农机有限公司", "农业", "郑州"),
        ("昆明花都鲜花物流", "物流", "昆明"),
        ("佛山岭南家具有限公司", "家具", "佛山"),
        ("温州瓯江阀门厂", "机械", "温州"),
        ("常州龙城光伏有限公司", "能源", "常州"),
    ),
    contacts=(
        ("周洋", "采购总监"),
        ("孙丽", "财务经理"),
        ("马强", "厂长"),
        ("朱琳", "采购"),
        ("胡军", "总工程师"),
        ("郭敏", "总经理"),
        ("何平", "质量主管"),
        ("高翔", "运营经理"),
    ),
    products=(
        ("主轴 S2", "主轴", "12800.00"),
        ("主轴 S4", "主轴", "29800.00"),
        ("驱动器 D1", "驱动", "16500.00"),
        ("控制面板 CP", "控制", "6900.00"),
        ("年度维保合同", "服务", "8600.00"),
    ),
    deals=("主轴改造", "新产线", "年度备件", "驱动升级", "维保合同", "试验线"),
    sources=("展会", "官网", "老客户介绍", "合作伙伴", "电话开发"),
    calls=(
        "一季度预算已确认，希望分两批交货。",
        "对样机很满意，想再看一个案例。",
        "总工还在和另外两家比较，月底前定。",
        "价格没问题，担心交期。",
        "需要安装板的图纸。",
    ),
    tasks=("电话确认交期", "发送修改后的图纸", "拜访工厂", "索要订单号"),
    complaints=(
        ("五台主轴中有两台到货破损", "外壳有凹陷，包装箱到货时是湿的。"),
        ("控制面板报错 14", "从周一开始，每次重启都会出现。"),
        ("发票地址有误", "我们春天搬家了，请寄到新地址。"),
    ),
    answer="非常抱歉。两台新主轴今天发出，请暂留破损件供承运方查验。",
    solved=(
        ("驱动器发热", "运行两小时后自动停机。", "风扇滤网今天寄出，请先更换。"),
        ("交货晚了一周", "我们的产线停了两天。", "您的订单已改由另一家承运商配送。"),
        ("缺少说明书", "箱子里只有机器，没有说明书。", "电子版已发到您的邮箱，纸质版随后寄出。"),
        ("主轴 S4 比上一台响", "安装位置和转速都一样。", "我们的技师周四上门检测。"),
        ("运费重复收取", "请看最近两张发票。", "情况属实，多收的金额今天退回。"),
        ("面板语言不对", "菜单看不懂。", "同时按住下方两个键，即可选择语言。"),
    ),
    leads=(("罗勇", "罗氏铸造"), ("谢婷", "谢家乳业"), ("邓超", "邓记冷库")),
    mails=(
        ("分两批交货", "主轴能否一半在月初第一周到货，其余两周后再发？", ""),
        (
            "安装板图纸",
            "我们的安装师傅需要 D1 的孔位图，请问有图纸吗？",
            "图纸今天发给您。四个 M8 孔位于边长 120 毫米的正方形上。",
        ),
        (
            "明年的价格",
            "我们正在做预算。S4 的价格一月份会调整吗？",
            "三月底之前价格不变，在此之前的订单都按现价执行。",
        ),
        (
            "同行业案例",
            "附近有没有企业全天运行 S2？我们想实地看看。",
            "温州瓯江阀门厂愿意接待参观，我帮您约个时间好吗？",
        ),
    ),
    stray=("徐明", "xuming@mujia.example", "咨询木工主轴", "在展会上看到你们的展位。S4 多少钱，交期多久？"),
    reasons=("选择了更便宜的方案", "项目推迟到明年", "未能及时答复"),
    rivals=("恒动传动", "东海机电"),
    country="中国",
    phone="+86 571 8555 0{n:03}",
)

CASTS = (HARBOR, LAGOON)
