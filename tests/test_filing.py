"""Names in the order in which they are looked up."""

from __future__ import annotations

import pytest

from saas.crm.fields import label_queries as labels
from saas.crm.fields.label_actions import found_or_added
from saas.crm.fields.label_models import LabelKind
from saas.filing import place, place_of_person
from saas.tenants import queries
from saas.tenants.scope import SYSTEM
from tests.factories import make_agent

PEOPLE = ["王伟", "Ann", "曾静", "李娜", "bob", "单雄", "Öz", "李安", "Zoe", "张敏"]
IN_TURN = ["Ann", "bob", "李安", "李娜", "Öz", "单雄", "王伟", "曾静", "张敏", "Zoe"]


class TestPlace:
    def test_files_people_by_the_reading_of_their_names(self):
        assert sorted(PEOPLE, key=place_of_person) == IN_TURN

    @pytest.mark.parametrize(
        ("name", "letter"), [("重庆队", "c"), ("长沙", "c"), ("重点", "z"), ("单位", "d"), ("", "")]
    )
    def test_reads_what_a_name_begins_with(self, name, letter):
        assert place(name)[0][:1] == letter


class TestLists:
    def test_of_members_are_in_that_order(self, tenant):
        for name in PEOPLE:
            make_agent(name=name)
        assert [one.name for one in queries.members()] == IN_TURN
        assert [name for _id, name in queries.member_names()] == IN_TURN

    def test_of_labels_too_each_group_before_its_parts(self, tenant):
        for path in ("重要", "Alpha", "百货", "百货 / 零售", "百货 / 批发"):
            found_or_added(LabelKind.GROUP, path, by=SYSTEM)
        found = [tag.path for tag in labels.of_kind(LabelKind.GROUP)]
        assert found == ["Alpha", "百货", "百货 / 零售", "百货 / 批发", "重要"]
