"""Runs compared: the trend, and what two say differently."""

from dataclasses import replace

from bentre_infra.compliance.reports.history import Move, diff, trend
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.result import Verdict
from tests.unit.compliance.reports.sample import audit, earlier


def test_what_got_worse_comes_first():
    assert [(c.move, c.control, c.subject) for c in diff(earlier(), audit())] == [
        (Move.WORSE, "NET-02", "mail-front-1"),
        (Move.BETTER, "NET-01", "lab"),
        (Move.NEW, "SRV-10", "base-logs-1"),
        (Move.GONE, "SRV-10", "old-1"),
    ]


def test_the_same_run_differs_in_nothing():
    assert diff(audit(), audit()) == []


def test_backwards_is_the_other_way_round():
    moves = {(c.control, c.subject): c.move for c in diff(audit(), earlier())}
    assert moves[("NET-01", "lab")] is Move.WORSE
    assert moves[("SRV-10", "old-1")] is Move.NEW


def test_an_exemption_that_expires_makes_it_worse():
    now = audit()
    later = replace(now, ended=now.ended.replace(year=2027))
    changed = {(c.control, c.subject): (c.before, c.after) for c in diff(now, later)}
    assert changed == {("SRV-10", "mail-front-1"): (Outcome.EQUIVALENT, Outcome.NOT_MET)}


def test_what_is_assessed_no_more_is_no_gain():
    now = audit()
    gone = tuple(replace(f, verdict=Verdict.NOT_ASSESSED) for f in now.findings)
    moves = {c.move for c in diff(now, replace(now, findings=gone)) if c.before is Outcome.MET}
    assert moves == {Move.WORSE}


def test_a_trend_is_in_the_order_of_time():
    points = trend([audit(), earlier()])
    assert [p.run for p in points] == [earlier().id, audit().id]
    assert points[1].counts[Outcome.MET] == 4
    assert sum(points[1].counts.values()) == len(audit().findings)
