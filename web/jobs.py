"""How a background job of this course stands: a page that refreshes itself, and what its script asks.

Other pages show the same with `job_progress` of `job.html`; at the job's end the script reloads the page it is in.
"""

from __future__ import annotations

from flask import jsonify, render_template
from werkzeug.wrappers import Response

from grading.text import Bilingual
from web.language import said
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.health import worker_trouble
from workflows.jobs import Job, describe_job, show_job

routes = visit_pages("jobs", __name__, "/jobs")


@routes.get("/<int(max=999999999):job_id>")
def page(job_id: int) -> str:
    """The job alone, for whoever has no script or comes back later."""
    return render_template("job_page.html", job=show_job(site().world, current_visit(), job_id))


@routes.get("/<int(max=999999999):job_id>/state")
def state(job_id: int) -> Response:
    """How it stands now, and whether nobody is there to go on with it."""
    world = site().world
    job = show_job(world, current_visit(), job_id)
    return jsonify(
        {
            "over": job.state.is_over,
            "state": job.state,
            "text": said(describe_job(job)),
            "done": job.done,
            "total": job.total,
            "stalled": not job.state.is_over and worker_trouble(world) is not None,
        }
    )


@routes.app_template_filter("job_text")
def _job_text(job: Job) -> Bilingual:
    """What a job's line says."""
    return describe_job(job)
