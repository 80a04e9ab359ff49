"""One good request for every method that the sandbox serves, made anew for each use."""

from desk import ADA, BEN, hour, weekly

#: Methods of the contract that the sandbox answers with 501.
NOT_SERVED = {"calendars.transferOwnership"}


class Table:
    """Requests of one signed-in person; what they need is made on the way."""

    def __init__(self, desk, service):
        self.desk = desk
        self.service = service
        self.number = 0

    def fresh(self, word):
        self.number += 1
        return f"{word}{self.number}x{id(self) % 100000}"

    def event(self, **more):
        return self.desk.control("POST", f"events/{ADA}", hour("made", **more))["id"]

    def series(self):
        return self.desk.control("POST", f"events/{ADA}", weekly(3))["id"]

    def calendar(self):
        new = {"summary": "made", "timeZone": "Europe/Vienna", "account": ADA}
        return self.desk.control("POST", "calendars", new)["id"]

    def rule(self):
        self.desk.control("POST", "access", {"calendarId": ADA, "account": BEN, "role": "reader"})
        return f"user:{BEN}"

    def channel(self):
        return {"id": self.fresh("channel"), "type": "web_hook", "address": "https://example.com/hook"}

    def stop(self):
        body = self.channel()
        made = self.desk.owner().events().watch(calendarId=ADA, body=body).execute()
        return {"id": made["id"], "resourceId": made["resourceId"]}

    def makers(self):
        """Method to (maker of path values, maker of other arguments)."""
        primary = lambda: {"calendarId": ADA}
        one = lambda: {"calendarId": ADA, "eventId": self.event()}
        secondary = lambda: {"calendarId": self.calendar()}
        ruled = lambda: {"calendarId": ADA, "ruleId": self.rule()}
        none = dict
        role = lambda: {"body": {"role": "writer", "scope": {"type": "user", "value": BEN}}}
        watch = lambda: {"body": self.channel()}
        uid = lambda: {"body": hour("y", iCalUID=self.fresh("uid") + "@example.org")}
        busy = {"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z", "items": [{"id": ADA}]}
        return {
            "acl.delete": (ruled, none),
            "acl.get": (ruled, none),
            "acl.insert": (primary, role),
            "acl.list": (primary, none),
            "acl.patch": (ruled, lambda: {"body": {"role": "writer"}}),
            "acl.update": (ruled, role),
            "acl.watch": (primary, watch),
            "calendarList.delete": (secondary, none),
            "calendarList.get": (secondary, none),
            "calendarList.insert": (none, lambda: {"body": {"id": self.calendar()}}),
            "calendarList.list": (none, none),
            "calendarList.patch": (secondary, lambda: {"body": {"summaryOverride": "Mine"}}),
            "calendarList.update": (secondary, lambda: {"body": {"selected": True}}),
            "calendarList.watch": (none, watch),
            "calendars.clear": (primary, none),
            "calendars.delete": (secondary, none),
            "calendars.get": (secondary, none),
            "calendars.insert": (none, lambda: {"body": {"summary": "New"}}),
            "calendars.patch": (secondary, lambda: {"body": {"description": "Words"}}),
            "calendars.update": (secondary, lambda: {"body": {"summary": "Other"}}),
            "channels.stop": (none, lambda: {"body": self.stop()}),
            "colors.get": (none, none),
            "events.delete": (one, none),
            "events.get": (one, none),
            "events.import": (primary, uid),
            "events.insert": (primary, lambda: {"body": hour("y")}),
            "events.instances": (lambda: {"calendarId": ADA, "eventId": self.series()}, none),
            "events.list": (primary, none),
            "events.move": (one, lambda: {"destination": self.calendar()}),
            "events.patch": (one, lambda: {"body": {"summary": "y"}}),
            "events.quickAdd": (primary, lambda: {"text": "Lunch"}),
            "events.update": (one, lambda: {"body": hour("y")}),
            "events.watch": (primary, watch),
            "freebusy.query": (none, lambda: {"body": busy}),
            "settings.get": (lambda: {"setting": "timezone"}, none),
            "settings.list": (none, none),
            "settings.watch": (none, watch),
        }

    def operations(self):
        return sorted(self.makers())

    def path(self, operation):
        """Path values of a good request."""
        return self.makers()[operation][0]()

    def request(self, operation, path=None, **change):
        """A good request, with other path values or arguments when given."""
        make_path, make_rest = self.makers()[operation]
        arguments = {**(make_path() if path is None else path), **make_rest(), **change}
        resource, method = operation.split(".")
        return getattr(getattr(self.service, resource)(), {"import": "import_"}.get(method, method))(**arguments)
