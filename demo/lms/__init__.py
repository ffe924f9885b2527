"""A small LMS, shaped and as strict as Moodle: for a newcomer's demo and for tests. In memory, loopback only."""

from demo.lms.application import create_lms, state_of
from demo.lms.browser import Form, LmsBrowser, Page
from demo.lms.campus import demo_site, empty_course
from demo.lms.course import Activity, Course, Person, Role, Site, ToolAddresses, site_from_data
from demo.lms.faults import Fault
from demo.lms.records import ScoreArrival, Violation
from demo.lms.server import RunningLms
from demo.lms.state import LmsState, LoginForm

__all__ = [
    "Activity",
    "Course",
    "Fault",
    "Form",
    "LmsBrowser",
    "LmsState",
    "LoginForm",
    "Page",
    "Person",
    "Role",
    "RunningLms",
    "ScoreArrival",
    "Site",
    "ToolAddresses",
    "Violation",
    "create_lms",
    "demo_site",
    "empty_course",
    "site_from_data",
    "state_of",
]
