"""``python -m tests.sandbox.fuzz``: calls that schemathesis makes up of each document; none may break the sandbox.

None may hang either. Bounded: so many examples of each operation (``--examples``), by a seed, to repeat a run.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from nomad_sandbox import Sandbox

ANSWER_S = 10.0
# What NOMAD was seen to break on, and so does the sandbox: numbers of pages that its index refuses, quantities it does
# not know, and what else the conformance facts say.
OBSERVED = frozenset({"GET /repo/", "GET /repo/quantity/{quantity}", "GET /repo/quantities", "GET /archive/query"})
OBSERVED |= {"POST /archive/query", "POST /repo/edit", "POST /raw/{upload_id}", "GET /datasets/", "PUT /datasets/"}
OBSERVED |= {
    "POST /entries/query",
    "GET /users",
    "GET /users/{user_id}",
    "GET /suggestions",
    "POST /suggestions",
    "GET /datasets/",
}
# `required` with nothing in the place of a directive: NOMAD's reader stumbles over it, by its code
OBSERVED |= {f"POST /entries/{of}query" for of in ("archive/", "archive/download/", "{entry_id}/archive/")}


def try_operation(operation: Any, headers: dict[str, str], *, examples: int, start: int) -> Counter[int]:
    """Call an operation many times, and count the statuses."""
    statuses: Counter[int] = Counter()

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        answer = case.call(headers=headers, timeout=ANSWER_S)
        statuses[answer.status_code] += 1
        may_break = answer.status_code == 501 or (answer.status_code == 500 and operation.label in OBSERVED)
        if answer.status_code >= 500 and not may_break:
            raise AssertionError(f"{answer.status_code}: {case.as_curl_command()}\n{answer.text[:500]}")

    one()
    return statuses


def main() -> int:
    """Try both documents, tell what was answered, and give the number of operations that broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a piece of the method and path")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    broken = 0
    with Sandbox() as box:
        box.add_entries(20)
        token = requests.get(f"{box.api_url_08}/auth/", auth=("leonard", "password"), timeout=20).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        for url in (f"{box.api_url_08}/swagger.json", f"{box.api_url_v1}/openapi.json"):
            statuses: Counter[int] = Counter()
            for found in schemathesis.openapi.from_url(url).get_all_operations():
                operation = found.ok()
                if asked.only not in operation.label:
                    continue
                try:
                    statuses += try_operation(operation, headers, examples=asked.examples, start=asked.seed)
                except (AssertionError, requests.RequestException) as error:
                    broken += 1
                    sys.stdout.write(f"BROKEN {operation.label}: {error}\n")
            sys.stdout.write(f"{url}: {sum(statuses.values())} calls, {dict(sorted(statuses.items()))}\n")
    return broken


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
