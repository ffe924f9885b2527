"""Prometheus metrics: what the processes counted, and how the scores stand at the moment of asking."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MultiProcessValue, close_all_multiprocess_files

from metric_files import MetricFiles
from workflows.standing import Standing

_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_JOB = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
_PUSH = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class PrometheusMetrics:
    """Counts in memory, or (with files) together with the other processes of the data folder."""

    def __init__(self, files: MetricFiles | None = None) -> None:
        self._files = files
        self._own = CollectorRegistry()
        registry = None if files else self._own
        self._launches = Counter(
            "pixlti_launches", "Launches, by outcome (accepted, refused).", ["outcome"], registry=registry
        )
        self._refusals = Counter(
            "pixlti_refusals", "Logins and launches refused, by reason.", ["reason"], registry=registry
        )
        self._pushes = Counter(
            "pixlti_pushes",
            "Attempts to send a score, by outcome and platform (its number in `platform list`).",
            ["outcome", "platform"],
            registry=registry,
        )
        self._imports = Counter("pixlti_imports", "Pix exports, by outcome.", ["outcome"], registry=registry)
        self._certificates = Counter(
            "pixlti_certificates",
            "Questions to Pix about a certificate, by outcome.",
            ["outcome"],
            registry=registry,
        )
        self._pix_calls = Counter(
            "pixlti_pix_api_calls", "Calls to Pix's API, by outcome.", ["outcome"], registry=registry
        )
        self._jobs = Counter(
            "pixlti_jobs",
            "Attempts at background jobs, by kind and outcome.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._job_seconds = Histogram(
            "pixlti_job_seconds",
            "Time of one attempt at a background job.",
            ["kind"],
            buckets=_JOB,
            registry=registry,
        )
        self._request_seconds = Histogram(
            "pixlti_request_seconds",
            "Time to answer a request, by endpoint, method and status.",
            ["endpoint", "method", "status"],
            buckets=_REQUEST,
            registry=registry,
        )
        self._push_seconds = Histogram(
            "pixlti_push_seconds",
            "Time of one attempt to send a score, by platform.",
            ["platform"],
            buckets=_PUSH,
            registry=registry,
        )

    def launch(self, outcome: str) -> None:
        """See `workflows.metrics`; so are the others."""
        self._launches.labels(outcome).inc()

    def refusal(self, reason: str) -> None:
        """A login or launch was refused."""
        self._refusals.labels(reason).inc()

    def push(self, outcome: str, platform_id: int, seconds: float) -> None:
        """One attempt to send a score ended."""
        self._pushes.labels(outcome, str(platform_id)).inc()
        self._push_seconds.labels(str(platform_id)).observe(seconds)

    def imported(self, outcome: str) -> None:
        """Something became of a Pix export."""
        self._imports.labels(outcome).inc()

    def certificate(self, outcome: str) -> None:
        """Pix was asked about a certificate."""
        self._certificates.labels(outcome).inc()

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """An attempt at a background job ended."""
        self._jobs.labels(kind, outcome).inc()
        self._job_seconds.labels(kind).observe(seconds)

    def pix_call(self, outcome: str) -> None:
        """A call to Pix's API ended."""
        self._pix_calls.labels(outcome).inc()

    def request(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._request_seconds.labels(endpoint, method, str(status)).observe(seconds)

    def render(self, standing: Standing | None, now: datetime) -> bytes:
        """Everything in Prometheus' text format; `standing` is None where the database does not answer."""
        registry = CollectorRegistry()
        registry.register(_StandingCollector(standing, now))
        with self._files.steady() if self._files else nullcontext():
            if self._files:
                MultiProcessCollector(registry, path=str(self._files.folder))
                return generate_latest(registry)
            return generate_latest(self._own) + generate_latest(registry)


class _StandingCollector:
    """Gauges from one look at the database."""

    def __init__(self, standing: Standing | None, now: datetime) -> None:
        self._standing = standing
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The gauges; only `pixlti_database_up` where the database does not answer."""
        standing = self._standing
        up = 0 if standing is None else 1
        yield GaugeMetricFamily("pixlti_database_up", "1 where the database answers.", value=up)
        if standing is None:
            return
        scores = GaugeMetricFamily(
            "pixlti_scores", "Scores, by state and platform.", labels=["state", "platform"]
        )
        oldest = GaugeMetricFamily(
            "pixlti_oldest_waiting_seconds",
            "Since when the oldest mark waits to be sent.",
            labels=["platform"],
        )
        paused = GaugeMetricFamily(
            "pixlti_platform_paused", "1 where nothing is sent to the platform for now.", labels=["platform"]
        )
        alarm = GaugeMetricFamily(
            "pixlti_platform_alarm", "1 where an administrator of the platform must act.", labels=["platform"]
        )
        for each in standing.platforms:
            label = [str(each.platform.id)]
            for state, number in each.counts.items():
                scores.add_metric([state, *label], number)
            waits = (self._now - each.oldest_waiting).total_seconds() if each.oldest_waiting else 0.0
            oldest.add_metric(label, max(0.0, waits))
            paused.add_metric(label, int(each.is_paused(self._now)))
            alarm.add_metric(label, int(each.platform.alarm_since is not None))
        yield from (scores, oldest, paused, alarm)
        yield GaugeMetricFamily(
            "pixlti_queue_scores", "Scores that are due now and not taken yet.", value=standing.due
        )
        late = (self._now - standing.due_since).total_seconds() if standing.due_since else 0.0
        yield GaugeMetricFamily(
            "pixlti_queue_age_seconds", "Since when the oldest due score could be sent.", value=max(0.0, late)
        )
        jobs = GaugeMetricFamily(
            "pixlti_jobs_now", "Background jobs of the last 30 days, by state.", labels=["state"]
        )
        for job_state, number in standing.jobs.items():
            jobs.add_metric([job_state], number)
        yield jobs
        yield from self._pix(standing)
        if standing.waiting_tasks is not None:
            yield GaugeMetricFamily(
                "pixlti_queue_tasks", "Wake-ups in the task queue.", value=standing.waiting_tasks
            )
        yield GaugeMetricFamily(
            "pixlti_workers",
            "Worker processes that gave a sign of life within a minute.",
            value=standing.workers,
        )
        if standing.last_sign is not None:
            silence = (self._now - standing.last_sign).total_seconds()
            yield GaugeMetricFamily(
                "pixlti_worker_silence_seconds",
                "Since the last sign of life of any worker.",
                value=max(0.0, silence),
            )

    def _pix(self, standing: Standing) -> Iterator[Metric]:
        """How Pix's API stands, where there is access to it."""
        if standing.pix is None:
            return
        campaigns = GaugeMetricFamily(
            "pixlti_pix_campaigns",
            "Campaigns in use, by what became of their last reading (ok, never, or a trouble).",
            labels=["state"],
        )
        for state, number in sorted(standing.pix.campaigns.items()):
            campaigns.add_metric([state], number)
        yield campaigns
        if standing.pix.oldest is not None:
            age = (self._now - standing.pix.oldest).total_seconds()
            yield GaugeMetricFamily(
                "pixlti_pix_oldest_reading_seconds",
                "Since when the campaign in use that was read longest ago was read to its end.",
                value=max(0.0, age),
            )


def open_metrics(folder: Path) -> PrometheusMetrics:
    """Metrics of a process that counts together with others in `folder`.

    Raises:
        OSError: the folder cannot be written.
    """
    files = MetricFiles(folder)
    # prometheus_client chooses its kind of value from the environment when it is imported; said here instead, so
    # that the order of imports does not matter, and under names that are never those of an earlier process.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = MultiProcessValue(files.process_name)
    atexit.register(close_all_multiprocess_files)
    return PrometheusMetrics(files)
