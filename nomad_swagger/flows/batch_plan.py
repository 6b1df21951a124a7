"""The plan of many uploads: what is left to do, and what each of its requests is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nomad_swagger.calls.plan import Plan, joined
from nomad_swagger.flows.batch_items import Item
from nomad_swagger.flows.many_uploads import Run
from nomad_swagger.flows.publish_plan import plan_publish
from nomad_swagger.flows.sending import plan_upload


def plan_many(run: Run, items: Sequence[Item]) -> Plan | None:
    """Give what is left to do of all; None where there is nothing."""
    plans: list[Plan] = []
    for number, item in enumerate(items, 1):
        stage = (run.row(item).told or {}).get("stage")
        if stage == "done" and not run.publishes:
            continue
        sent = plan_upload(run.client, item.manifest, name=item.name)
        upload_id = f"UPLOAD_ID_{number}"
        plans.append(replace(sent, steps=(replace(sent.steps[0], stands_for=upload_id),)))
        if run.publishes:
            told = {**item.told.edits, "embargo_months": item.told.embargo_months}
            plans.append(plan_publish(run.client, upload_id, allow_failed=run.allow_failed, **told))
    if not plans:
        return None
    files = sum(len(item.manifest.files) for item in items)
    size = sum(item.manifest.size_bytes for item in items)
    what = f"make {len(items)} {'upload' if len(items) == 1 else 'uploads'} of {files} files, {size:,} bytes"
    names = dict.fromkeys([*run.datasets, *(name for item in items for name in item.told.datasets)])
    words = what + (f", put them into {', '.join(names)}" if names else "")
    return joined(plans, words + (" and publish each" if run.publishes else ""))
