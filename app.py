"""Composes the web application and its commands; with `worker.py` and `demo`, all that knows every folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import click
import structlog
from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from config.catalogue import Catalogue, CatalogueProblems, read_catalogue
from config.problems import ProblemsFound
from config.settings import Settings, SettingsProblems, read_settings, units_dir
from config.situation import read_situation
from logs import start_logs
from lti.keys import KeyUnreadable, RotationPlan
from lti.platform_calls import open_services
from lti.platform_keys import PlatformKeys
from lti.transport import Transport
from lti.vetted_fetch import VettedFetch
from metrics import PrometheusMetrics, open_metrics
from pix.exchange import Exchange
from pix.external_id import CheckCodes
from pix.maddo import ApiAccess, Maddo
from pix.verifier import open_verifier
from storage.database import Database, DatabaseMismatch, DatabaseUnavailable
from task_queue import QueueUnavailable, count_tasks, open_queue, waker
from web import (
    campaigns,
    certificates,
    copies,
    dates,
    deep_linking,
    errors,
    gradebook,
    headers,
    health,
    imports,
    jobs,
    language,
    launch,
    pix_api,
    registration,
    request_log,
    roster,
    student,
    teacher,
    tool_setup,
    visit,
)
from web.browser_token import BrowserCookie
from web.commands.database import database_commands
from web.commands.imports import import_command
from web.commands.keys import keys_commands
from web.commands.marks import marks_commands
from web.commands.pix import pix_commands
from web.commands.platforms import platform_commands
from web.commands.scores import scores_commands
from web.commands.units import units_commands
from web.site import EXTENSION, Site
from web.uploads import InMemoryRequest
from web.visit_carrier import CookieCarrier, StorageCarrier, VisitCarriers
from workflows import await_participations, compare_columns, pix_jobs, refresh_roster
from workflows.described_files import describe_files
from workflows.import_jobs import import_handlers
from workflows.job_worker import JobWorker
from workflows.jobs import Handlers, JobBook
from workflows.metrics import Metrics, NotCounted
from workflows.platform_registry import KeptPlatformKeys, PlatformRegistry
from workflows.push_score import Pusher
from workflows.read_pix import read_pix
from workflows.register_platform import Registrar
from workflows.score_slots import ScoreWorker, Slots
from workflows.tool_description import tool_configuration
from workflows.tool_keys import KeyringOnFile, ensure_keys, rotate_keys
from workflows.world import PixApi, World

log = structlog.stdlib.get_logger("pixlti")


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application: from the environment (prefix `PIXLTI_`), or from these settings.

    Under a command of `flask --app app` that serves no page, only the commands are built: they need less.

    Raises:
        SettingsProblems, CatalogueProblems, DatabaseMismatch: it refuses to start rather than serve wrong marks;
            the text names every problem.
    """
    if settings is None and _is_a_command():
        return _with_commands(Flask(__name__, static_folder=None))
    # Handed settings, the process is somebody else's (a test's): its log and its counts are not ours to arrange.
    whole_process = settings is None
    settings = settings or read_settings(os.environ)
    start_logging(settings, whole_process=whole_process)
    counted = open_counts(settings) if whole_process else PrometheusMetrics()
    app = Flask(__name__, static_folder="web/static", template_folder="web/templates")
    world = build_world(settings, wake=open_waker(settings), metrics=counted)
    app.request_class = InMemoryRequest
    # A redirect to the address with a slash would be made from the Host header, not from our public address.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_bytes,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    browser = BrowserCookie(is_https=settings.is_https)
    app.extensions[EXTENSION] = Site(
        world=world,
        registry=PlatformRegistry(world.database, settings.new_deployments),
        registrar=build_registrar(settings, world),
        platform_keys=PlatformKeys(world.services.transport, KeptPlatformKeys(world.database)),
        keyring=KeyringOnFile(world.database, settings.secret),
        visits=VisitCarriers(
            cookies=CookieCarrier(secret=settings.secret, browser=browser),
            storage=StorageCarrier(secret=settings.secret),
        ),
        browser=browser,
        public_url=settings.public_url,
        secret=settings.secret,
        upload_bytes=settings.upload_bytes,
        waiting_tasks=lambda: count_tasks(settings.queue_url),
        render_metrics=counted.render,
        metrics_token=settings.metrics_token.encode(),
    )
    request_log.add_request_log(app, behind_proxy=settings.proxy_hops > 0)
    Bootstrap5(app)
    language.add_languages(app)
    headers.add_headers(app)
    errors.add_error_pages(app)
    for pages in (
        launch,
        registration,
        tool_setup,
        visit,
        student,
        teacher,
        campaigns,
        imports,
        dates,
        deep_linking,
        copies,
        certificates,
        jobs,
        pix_api,
        roster,
        gradebook,
        health,
    ):
        app.register_blueprint(pages.routes)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return _with_commands(app)


def build_world(settings: Settings, *, wake: Callable[[], None], metrics: Metrics | None = None) -> World:
    """Open the database (an SQLite one is migrated, a PostgreSQL one must match), read the rules, ready the services.

    Raises:
        CatalogueProblems, DatabaseMismatch: see `create_app`.
    """
    rules = read_catalogue(settings.units_dir)
    database = open_database(settings)
    keyring = KeyringOnFile(database, settings.secret)
    try:
        ensure_keys(database, settings.secret, _now())
        keyring()
    except KeyUnreadable as error:
        database.close()
        raise DatabaseMismatch(f"the database and PIXLTI_SECRET_KEY do not match: {error}") from error
    transport = Transport(pool_size=settings.push_slots, public_url=settings.public_url)
    counted = metrics or NotCounted()
    return World(
        database=database,
        rules=rules,
        services=open_services(transport, keyring, _now),
        codes=CheckCodes.derived_from(settings.secret),
        now=_now,
        wake=wake,
        verifier=open_verifier(
            settings.certificate_url, settings.secret, agent=f"pix-lti (+{settings.public_url})"
        ),
        metrics=counted,
        pix_api=open_pix_api(settings, counted),
    )


def build_registrar(settings: Settings, world: World) -> Registrar:
    """What registers the tool at LMSs that are invited: its calls go to public addresses, or to allowed networks."""
    return Registrar(
        world=world,
        fetch=VettedFetch(allowed=settings.allowed_networks, public_url=settings.public_url),
        tool=tool_configuration(
            settings.public_url, contact=settings.contact, policy_url=settings.policy_url
        ),
    )


def open_pix_api(settings: Settings, metrics: Metrics) -> PixApi | None:
    """The way to Pix's API, where the settings give access to it."""
    given = settings.pix_api
    if given is None:
        return None
    access = ApiAccess(base_url=given.url, client_id=given.client_id, client_secret=given.client_secret)
    exchange = Exchange(agent=f"pix-lti (+{settings.public_url})")
    maddo = Maddo(access, exchange, rate=given.rate, count=metrics.pix_call)
    return PixApi(maddo=maddo, every=timedelta(minutes=given.minutes))


def open_waker(settings: Settings) -> Callable[[], None]:
    """What wakes the worker; without its queue, the worker finds the scores by itself a little later."""
    try:
        return waker(open_queue(settings.queue_url))
    except QueueUnavailable as error:
        log.warning("the task queue cannot be opened; the worker finds the scores by itself", why=str(error))
        return lambda: None


def open_database(settings: Settings) -> Database:
    """Open the database: an SQLite one is migrated, a PostgreSQL one must match.

    Raises:
        SettingsProblems: the folder of data cannot be made.
        DatabaseMismatch: it is of another release; the text says what to do.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database_url, pool_size=settings.push_slots + 4)
    except OSError as error:
        raise SettingsProblems([f"PIXLTI_DATA_DIR or PIXLTI_DATABASE_URL cannot be used: {error}"]) from error
    try:
        if database.is_sqlite:
            database.upgrade()
        database.check()
    except (DatabaseMismatch, DatabaseUnavailable):
        database.close()
        raise
    return database


def build_score_worker(settings: Settings, world: World) -> ScoreWorker:
    """The slots that send scores, as the settings have them."""
    slots = Slots(total=settings.push_slots, per_platform=settings.push_slots_per_platform)
    return ScoreWorker(world=world, pusher=Pusher(world), slots=slots)


def build_job_book(settings: Settings) -> JobBook:
    """Every kind of background job a worker does, and what it asks of itself again and again."""
    pix = settings.pix_api
    return JobBook(
        handlers={
            **import_handlers(),
            **pix_handlers(settings),
            refresh_roster.KIND: refresh_roster.refresh_roster,
            compare_columns.KIND: compare_columns.compare_columns,
        },
        periodic=(
            refresh_roster.nightly_rosters(),
            compare_columns.nightly_comparisons(),
            *((pix_jobs.periodic_reading(timedelta(minutes=pix.minutes)),) if pix else ()),
        ),
    )


def pix_handlers(settings: Settings) -> Handlers:
    """The background jobs of Pix's API: without access to it, a worker leaves its readings to those that have it."""
    settling = {await_participations.KIND: await_participations.settle_again}
    return {pix_jobs.KIND: read_pix, **settling} if settings.pix_api else settling


def start_logging(settings: Settings, *, whole_process: bool) -> None:
    """Log to standard error, with instants in UTC; never personal data."""
    start_logs(settings.log_level, as_text=settings.log_as_text, whole_process=whole_process)
    for each in settings.warnings:
        log.warning("a setting to look at", warning=each)


def open_counts(settings: Settings) -> PrometheusMetrics:
    """Metrics counted together with the other processes of the data folder; alone where it cannot be written."""
    try:
        return open_metrics(settings.data_dir / "metrics")
    except OSError as error:
        log.warning("this process counts alone: its folder of metrics cannot be written", why=str(error))
        return PrometheusMetrics()


def _now() -> datetime:
    return datetime.now(UTC)


_SERVING = frozenset({"run", "shell", "routes"})


def _is_a_command() -> bool:
    """Whether `flask --app app` runs a command that serves no page."""
    context = click.get_current_context(silent=True)
    return context is not None and context.info_name not in _SERVING


@contextmanager
def _told() -> Iterator[None]:
    """Let a command end with what is wrong, in words."""
    try:
        yield
    except (SettingsProblems, CatalogueProblems, DatabaseMismatch) as refused:
        raise click.ClickException(str(refused)) from refused
    except DatabaseUnavailable as error:
        raise click.ClickException(f"the database does not answer: {error.orig}") from error


def _with_commands(app: Flask) -> Flask:
    """Add the commands: each opens only what it needs, when it runs."""

    @cache
    def settings() -> Settings:
        try:
            return read_settings(os.environ)
        except SettingsProblems as refused:
            raise click.ClickException(str(refused)) from refused

    @cache
    def world() -> World:
        start_logging(settings(), whole_process=False)
        with _told():
            opened = build_world(settings(), wake=open_waker(settings()))
        click.get_current_context().call_on_close(opened.database.close)
        return opened

    def rotate(immediately: bool, leaked: bool) -> RotationPlan:
        with _told(), closing(open_database(settings())) as database:
            return rotate_keys(database, settings().secret, _now(), immediately=immediately, leaked=leaked)

    def drain(of: World, seconds: float) -> None:
        build_score_worker(settings(), of).drain(seconds=seconds)

    def read_from_pix(of: World, seconds: float) -> None:
        JobWorker(world=of, book=JobBook(handlers=pix_handlers(settings()))).drain(seconds=seconds)

    @contextmanager
    def tables() -> Iterator[Database]:
        with _told(), closing(Database(settings().database_url)) as database:
            yield database

    @contextmanager
    def scratch() -> Iterator[Database]:
        with (
            tempfile.TemporaryDirectory(prefix="pix-lti-") as folder,
            closing(Database(f"sqlite:///{Path(folder) / 'scratch.sqlite'}")) as database,
        ):
            yield database

    def rules() -> Catalogue:
        return read_catalogue(units_dir(os.environ))

    groups: list[click.Command] = [
        units_commands(rules, read_situation, ProblemsFound),
        platform_commands(world, lambda: settings().public_url, lambda: settings().new_deployments),
        keys_commands(rotate),
        scores_commands(world, drain),
        marks_commands(world),
        database_commands(tables, scratch),
        import_command(describe_files),
        pix_commands(world, read_from_pix),
    ]
    for group in groups:
        app.cli.add_command(group)
    return app
