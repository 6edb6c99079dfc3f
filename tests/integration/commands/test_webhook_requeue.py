"""Alerts that have lost imports begun anew, where the settings say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis

from tests.integration.commands.requeueing import requeueing
from tests.integration.commands.serving import serve
from tests.integration.commands.test_webhook import ended, post
from tests.unit.web.webhook.notifications import alert

if TYPE_CHECKING:
    from pathlib import Path


def test_alerts_requeue_once(database_url: str, broker_url: str, tmp_path: Path) -> None:
    """An alert has an import sent anew, once; what cannot be is refused, not failed.

    An analysis cannot be sent anew: it is repaired as ever, by a scan after that.
    """
    with requeueing(database_url, broker_url, tmp_path) as lost:
        (tmp_path / "token").write_text("s3cret\n")
        settings = {
            **lost.installation.settings,
            "repair.mode": "enforce",
            "repair.brake-share": "1",
            "repair.cool-down": "1ms",
            "repair.webhook-action": "requeue",
            "repair.uploads": f"{lost.theirs}={lost.folder}",
            "opensearch.watch": "false",
            "opensearch.url": f"http://127.0.0.1:{lost.opensearch.port}",
            "webhook.token-file": str(tmp_path / "token"),
        }
        sent, unknown = lost.orphan("sent.jsonl"), lost.orphan("unknown.csv")
        other = lost.installation.rows.add_sketch("other")
        left = lost.orphan("left.csv", sketch=other, analyzers=("sigma",))
        analysis = alert(left, repair="analysis", analysis_id="1")
        serving = serve(tmp_path, settings)
        with serving.process:
            first, second, third = post(serving, alert(sent), alert(unknown), analysis)
            assert ended(serving, first)["outcome"] == "repaired"
            refused = ended(serving, second)
            assert refused["outcome"] == "refused"
            assert "header mapping and delimiter" in refused["detail"]
            assert lost.messages().keys() == {sent}
            assert ended(serving, third)["outcome"] == "repaired"
            entry, failed = lost.installation.journal()
            assert (entry["target_id"], entry["trigger"]) == (sent, "webhook")
            assert failed["target"] == "analysis"

            with redis.Redis.from_url(broker_url) as client:
                client.delete("celery")
            (again,) = post(serving, alert(sent, starts_at="2026-11-27T01:00:00Z"))
            end = ended(serving, again)
            assert end["outcome"] == "refused"
            assert f"was requeued by repair {entry['repair_id']} and is lost again" in end["detail"]
        assert lost.messages() == {}
        assert {lost.installation.status(each) for each in (sent, unknown)} == {"processing"}
