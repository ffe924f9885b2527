"""Every address of the LMS that a tool may be told. Moodle's shapes: the AGS ones end in `?type_id=N`."""

from dataclasses import dataclass

SERVICES = "/mod/lti/services.php"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Addresses under `base` (the issuer, without final slash); `type_id` is the tool's number in the LMS."""

    base: str
    type_id: str

    @property
    def auth(self) -> str:
        """Where the tool sends its authentication request."""
        return f"{self.base}/mod/lti/auth.php"

    @property
    def token(self) -> str:
        """The token endpoint."""
        return f"{self.base}/mod/lti/token.php"

    @property
    def certs(self) -> str:
        """The LMS's key set."""
        return f"{self.base}/mod/lti/certs.php"

    def line_items(self, course_id: str) -> str:
        """The line item container of a course."""
        return f"{self.base}{SERVICES}/{course_id}/lineitems?type_id={self.type_id}"

    def line_item(self, course_id: str, column_id: str) -> str:
        """One line item; `/scores` and `/results` go before the question mark."""
        return f"{self.base}{SERVICES}/{course_id}/lineitems/{column_id}/lineitem?type_id={self.type_id}"

    def members(self, course_id: str) -> str:
        """The members list of a course."""
        return f"{self.base}{SERVICES}/CourseSection/{course_id}/bindings/{self.type_id}/memberships"

    def return_url(self, course_id: str, link_id: str) -> str:
        """Where the tool may send the person back to."""
        return f"{self.base}/mod/lti/return.php?course={course_id}&launch_container=3&instanceid={link_id}"

    def selection_return(self, course_id: str, key: str) -> str:
        """Where the answer of a content selection goes."""
        return (
            f"{self.base}/mod/lti/contentitem_return.php?course={course_id}&id={self.type_id}&sesskey={key}"
        )

    def launch_page(self, launch_id: str) -> str:
        """The page that starts a launch under way, for a frame."""
        return f"{self.base}/mod/lti/launch.php?launch={launch_id}"
