"""The ``groups`` operations: users who have rights in common. Nothing is shared with a group in the sandbox yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.uploads import new_upload_id
from nomad_sandbox.v1.answers import Refusal, json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.pages import cut_by_index, read_page_of_url, with_nulls, with_urls

_DEFAULT_NAME = "Default Group Name"


def _shown(row: Any) -> dict[str, Any]:
    members = json.loads(row["members"])
    return {
        "group_id": row["group_id"],
        "group_name": row["group_name"],
        "owner": row["owner"],
        "members": [member["user_id"] for member in members],
        "members_info": members,
    }


def _known(call: Call, group_id: str) -> Any:
    row = call.store.row("SELECT * FROM groups WHERE group_id = ?", (group_id,))
    if row is None:
        raise Refusal(404, f"Group with id='{group_id}' not found.")
    return row


def _own(call: Call, group_id: str) -> Any:
    """Give a group to those who may change it: its owner, its maintainers, admins.

    Raises
    ------
    Refusal
        401, 403, 404
    """
    user, row = call.user(), _known(call, group_id)
    maintainers = {member["user_id"] for member in json.loads(row["members"]) if member["role"] == "maintainer"}
    if not user.is_admin and user.user_id not in {row["owner"], *maintainers}:
        raise Refusal(403, "Not authorized to change this group.")
    return row


def _members(call: Call, body: Mapping[str, Any], owner: str) -> list[dict[str, str]]:
    """Give the members that a body names, with the owner among them.

    Raises
    ------
    Refusal
        422 for people that there are not.
    """
    told = [{"user_id": user_id, "role": "member"} for user_id in body.get("members") or ()]
    told += [{"role": "member", **member} for member in body.get("members_info") or ()]
    unknown = [member["user_id"] for member in told if call.services.accounts.get(member["user_id"]) is None]
    if unknown:
        raise Refusal(422, f"Users not found: {unknown}")
    roles = {member["user_id"]: member["role"] for member in told} | {owner: "owner"}
    return [{"user_id": user_id, "role": role} for user_id, role in roles.items()]


def post_group(call: Call) -> Response:
    """Make a group of the caller."""
    user, body, group_id = call.user(), call.body, new_upload_id()
    members = _members(call, body, user.user_id)
    with call.store.change() as connection:
        connection.execute(
            "INSERT INTO groups VALUES (?, ?, ?, ?)",
            (group_id, body.get("group_name") or _DEFAULT_NAME, user.user_id, json.dumps(members)),
        )
    return json_answer(_shown(_known(call, group_id)), 201)


def get_groups(call: Call) -> Response:
    """Answer with a page of groups: of ids, with a member, with words in their name."""
    page = read_page_of_url(call.request, order_by="group_name")
    rows = [_shown(row) for row in call.store.rows("SELECT * FROM groups ORDER BY group_name, group_id")]
    ids, member, words = call.many("group_id"), call.text("user_id"), (call.text("search_terms") or "").lower().split()
    rows = [
        row
        for row in rows
        if (not ids or row["group_id"] in ids)
        and (member is None or member in row["members"])
        and all(word in row["group_name"].lower() for word in words)
    ]
    rows = list(reversed(rows)) if page.descending else rows
    chosen, told = cut_by_index(page, rows)
    told = {**with_urls(call.request, told), "order_by": call.text("order_by")}
    return json_answer({"pagination": with_nulls(told), "data": chosen})


def get_group(call: Call, group_id: str) -> Response:
    """Answer with one group, to anybody."""
    return json_answer(_shown(_known(call, group_id)))


def edit_group(call: Call, group_id: str) -> Response:
    """Change name and members of a group."""
    row, body = _own(call, group_id), call.body
    tells = body.get("members") is not None or body.get("members_info") is not None
    members = _members(call, body, row["owner"]) if tells else json.loads(row["members"])
    with call.store.change() as connection:
        connection.execute(
            "UPDATE groups SET group_name = ?, members = ? WHERE group_id = ?",
            (body.get("group_name") or row["group_name"], json.dumps(members), group_id),
        )
    return get_group(call, group_id)


def delete_group(call: Call, group_id: str) -> Response:
    """Delete a group; only its owner, or an admin, may."""
    user, row = call.user(), _known(call, group_id)
    if not user.is_admin and user.user_id != row["owner"]:
        raise Refusal(403, "Not authorized to delete this group.")
    with call.store.change() as connection:
        connection.execute("DELETE FROM groups WHERE group_id = ?", (group_id,))
    return Response(status=204)


HANDLERS: Mapping[str, Handler] = {
    "GET /groups": get_groups,
    "POST /groups": post_group,
    "GET /groups/{group_id}": get_group,
    "POST /groups/{group_id}/edit": edit_group,
    "DELETE /groups/{group_id}": delete_group,
}
