"""Charts: the drawing is right, a hostile specification gets nowhere, and what comes back can neither run nor load."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saas import charts, child
from tests.honeypots import honeypot
from tests.speaking import speaking, speaking_app  # noqa: F401

pytestmark = pytest.mark.usefixtures("speaking")

ROWS = [{"stage": "初步接洽", "amount": 1200}, {"stage": "Won <&>", "amount": 34000}]


def spec(**more: Any) -> dict[str, Any]:
    """A bar chart, and what is changed in it."""
    made = {
        "data": {"values": ROWS},
        "mark": "bar",
        "encoding": {
            "x": {"field": "stage", "type": "nominal"},
            "y": {"field": "amount", "type": "quantitative", "axis": {"format": ",.0f"}},
        },
    }
    return made | more


class TestDraw:
    def test_draws_shapes_and_chinese_text(self):
        svg = charts.draw(spec(), locale="zh")
        assert svg.startswith("<svg")
        assert "初步接洽" in svg
        assert "Won &lt;&amp;&gt;" in svg
        assert svg.count("<path") > 2
        assert "href" not in svg

    def test_keeps_the_rows_names_whatever_they_are(self):
        rows = [{"url": "a", "href": 1}, {"url": "b", "href": 2}]
        encoding = {"x": {"field": "url", "type": "nominal"}, "y": {"field": "href", "type": "quantitative"}}
        assert charts.draw(spec(data={"values": rows}, encoding=encoding)).count("<path") > 2


def attacks(port: int) -> list[dict[str, Any]]:
    """Specifications that ask for more than a drawing."""
    url = f"http://127.0.0.1:{port}/x.json"
    image = {"mark": {"type": "image", "width": 9}, "encoding": {"url": {"value": url}}}
    return [
        spec(data={"url": url}),
        spec(data={"url": "file:///etc/passwd", "format": {"type": "csv"}}),
        spec(data={"name": "a"}, datasets={"a": {"url": url}}),
        spec(**image),
        spec(layer=[image]),
        spec(hconcat=[spec(**image)]),
        spec(mark={"type": "bar", "href": "javascript:alert(1)"}),
        spec(encoding={"href": {"value": "javascript:alert(1)"}, **spec()["encoding"]}),
        spec(transform=[{"lookup": "a", "from": {"data": {"url": url}, "key": "a", "fields": ["b"]}}]),
        spec(data={"sequence": {"start": 0, "stop": 1e9}}),
        spec(usermeta={"embedOptions": {"loader": {"baseURL": url}}}),
        spec(params=[{"name": "p", "expr": "1"}]),
        spec(data={"values": [{"a": 1}] * 6_000}),
        spec(data={"graticule": True}),
    ]


class TestHostileSpecifications:
    def test_are_refused_before_they_are_drawn(self, monkeypatch):
        monkeypatch.setattr(child, "START", ["/no/such/program"])
        with pytest.raises(FileNotFoundError):
            charts.draw(spec())
        for attack in attacks(9):
            with pytest.raises(charts.Undrawable):
                charts.draw(attack)

    def test_reach_nothing_from_the_child_either(self):
        """The second wall: the same ones, past the first."""
        with honeypot() as pot:
            for attack in attacks(pot.port)[:9]:
                try:
                    svg = charts.clean(child.run("charts.draw", json.dumps(attack).encode(), locale="en"))
                except (child.Stopped, charts.Undrawable):
                    continue
                assert "javascript" not in svg
                assert "127.0.0.1" not in svg
                assert "root:" not in svg
            assert pot.came == []
        assert "<svg" in charts.draw(spec())  # nor did they all fail for another reason

    @pytest.mark.parametrize(
        "attack",
        [
            {"transform": [{"calculate": "replace('" + "a" * 40 + "!', regexp('(a+)+$'), '')", "as": "b"}]},
            {"data": {"values": [{"n": "x" * 3_000_000}]}},
            {"encoding": {"x": {"field": "stage", "bin": {"step": 1e-9}}, "y": {"aggregate": "count"}}},
            {"width": 1e12, "height": 1e12},
            {"mark": "nonsense"},
            {"mark": None},
        ],
    )
    def test_end_within_the_limits(self, attack, monkeypatch):
        monkeypatch.setitem(child.WORK, "charts.draw", child.Work("saas.inside.charts:draw", wall=6.0))
        try:
            assert len(charts.draw(spec(**attack))) < 8 * child.MIB
        except charts.Undrawable as refusal:
            sentence = refusal.sentence
            assert sentence[0].isupper()
        assert "<svg" in charts.draw(spec())

    def test_one_too_deep(self):
        nested: dict[str, Any] = spec()
        for _ in range(500):
            nested = {"layer": [nested]}
        with pytest.raises(charts.Undrawable):
            charts.draw(nested)


def svg_with(inside: str, attributes: str = "") -> bytes:
    """A drawing with something in it."""
    links = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {links} {attributes}>{inside}<path d="M0 0"/></svg>'.encode()


class TestClean:
    @pytest.mark.parametrize(
        "inside",
        [
            "<script>alert(1)</script>",
            "<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
            "<image href='http://evil.example/a.png'/>",
            "<image xlink:href='file:///etc/passwd'/>",
            "<use href='http://evil.example/a.svg#a'/>",
            "<a href='javascript:alert(1)'><text>alert</text></a>",
            "<g onclick='alert(1)'/>",
            "<g OnLoad='alert(1)'/>",
            "<foreignObject><iframe src='http://evil.example/'/></foreignObject>",
            "<style>@import url(http://evil.example/a.css);</style>",
            "<rect style='fill:url(http://evil.example/a.svg#b)'/>",
            "<rect fill='url(\"http://evil.example/a.svg#b\")'/>",
            "<rect fill='u\\72l(http://evil.example/)'/>",
            "<rect style='background:\\75rl(//evil.example/)'/>",
            "<rect filter='url( //evil.example/#b)'/>",
            "<set attributeName='href' to='javascript:alert(1)'/>",
            "<animate attributeName='href' values='javascript:alert(1)'/>",
            "<feImage href='http://evil.example/'/>",
            "<text>x<tspan onmouseover='alert(1)'>y</tspan></text>",
            "<?xml-stylesheet href='http://evil.example/a.css'?>",
        ],
    )
    def test_takes_away_what_runs_loads_or_leads_elsewhere(self, inside):
        cleaned = charts.clean(svg_with(inside, "onload='alert(1)'"))
        assert "evil" not in cleaned
        assert "alert" not in cleaned
        assert "passwd" not in cleaned
        assert 'd="M0 0"' in cleaned

    def test_keeps_a_colour_of_the_drawing_itself(self):
        inside = "<defs><linearGradient id='g'><stop offset='0'/></linearGradient></defs><rect fill='url(#g)'/>"
        assert 'fill="url(#g)"' in charts.clean(svg_with(inside))

    @pytest.mark.parametrize(
        "wrong",
        [
            b"",
            b"<html/>",
            b"<svg/>",
            b"not xml",
            b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg_with("<text>&x;</text>"),
            b'<!DOCTYPE svg SYSTEM "http://evil.example/x.dtd">' + svg_with(""),
        ],
    )
    def test_refuses_what_is_no_drawing(self, wrong):
        with pytest.raises(charts.Undrawable):
            charts.clean(wrong)
