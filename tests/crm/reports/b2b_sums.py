"""Counts and sums of the real sales file, by the csv module alone: nothing here is ours, so that it can contradict us.

python tests/crm/reports/b2b_sums.py ../shared/data/b2b-sales
"""

import csv
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

PRODUCTS = {"GTXPro": "GTX Pro"}  # one product, spelled two ways


def read(folder):
    """The rows of the file, each with its agent's manager and office, and the month in which it closed."""
    with (folder / "sales_teams.csv").open(newline="") as file:
        people = {row["sales_agent"]: row for row in csv.DictReader(file)}
    with (folder / "sales_pipeline.csv").open(newline="") as file:
        deals = list(csv.DictReader(file))
    for deal in deals:
        deal["manager"] = people[deal["sales_agent"]]["manager"]
        deal["office"] = people[deal["sales_agent"]]["regional_office"]
        deal["product"] = PRODUCTS.get(deal["product"], deal["product"])
        closed = deal["close_date"]
        deal["month"] = datetime.strptime(closed, "%m/%d/%Y").strftime("%Y-%m") if closed else ""
        deal["value"] = int(deal["close_value"] or 0)
    return deals


def by(deals, *names):
    """Value of these columns → [how many, what they come to]."""
    found = defaultdict(lambda: [0, 0])
    for deal in deals:
        part = found[tuple(deal[name] for name in names)]
        part[0] += 1
        part[1] += deal["value"]
    return {key[0] if len(names) == 1 else key: tuple(part) for key, part in found.items()}


if __name__ == "__main__":
    known = read(Path(sys.argv[1]))
    for column in ("deal_stage", "sales_agent", "manager", "office", "product", "month"):
        print(column)
        for word, (many, value) in sorted(by(known, column).items()):
            print(f"  {word or '-':24}{many:7}{value:12}")
