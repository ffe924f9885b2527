"""`python -m bench.bare_push`: scores sent one after the other by PyLTI1p3, with one service object kept.

Reads a job (JSON) from standard input, prints what it took (JSON). A process of its own, its CPU its own.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector


def push(job: dict[str, Any]) -> dict[str, float]:
    """Send `number` scores; return the seconds and CPU seconds it took."""
    registration = Registration()
    registration.set_issuer(job["issuer"]).set_client_id(job["client_id"])
    registration.set_auth_token_url(job["auth_token_url"]).set_tool_private_key(job["key_pem"])
    service = AssignmentsGradesService(
        ServiceConnector(registration),
        {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitem": job["line_item_url"],
            "lineitems": "",
        },
    )
    began, cpu = time.perf_counter(), time.process_time()
    for number in range(job["number"]):
        grade = Grade().set_user_id(str(1000 + number)).set_score_given(12.5).set_score_maximum(20)
        grade.set_timestamp(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        grade.set_activity_progress("Completed").set_grading_progress("FullyGraded").set_comment("Provisoire")
        service.put_grade(grade)
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(push(json.load(sys.stdin))))
