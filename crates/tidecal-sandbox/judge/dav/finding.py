"""From an address to the calendars, and making one."""

from dav.desk import ADA, path


def run(desk, score):
    principal = desk.client().principal()
    score.check("principal", path(principal), "/dav/principals/ada@example.com/")
    score.check("name", principal.get_display_name(), "Ada Keller")
    score.check("address", principal.get_vcal_address().params.get("CN"), "Ada Keller")
    home = principal.calendar_home_set
    score.check("home", path(home), "/dav/calendars/ada@example.com/")
    calendars = desk.calendars()
    score.check("calendars", sorted(calendars), ["Personal", "School", "Tasks", "Team"])
    score.check("kinds", calendars["Tasks"].get_supported_components(), ["VTODO"])
    score.check("of events", calendars["Team"].get_supported_components(), ["VEVENT"])
    score.refused("a wrong password", lambda: desk.client(password="wrong").principal().calendars(), "Authorization")

    made = principal.make_calendar(name="Garden", cal_id="garden")
    score.check("a new one", path(made), "/dav/calendars/ada@example.com/garden/")
    score.check("its name", made.get_display_name(), "Garden")
    score.refused("twice", lambda: principal.make_calendar(name="Garden", cal_id="garden"), "405")
    score.check("and gone", (made.delete(), "Garden" in desk.calendars())[1], False)
    score.check("options", desk.client().check_cdav_support())
    foreign = desk.client().calendar(url=f"{desk.base}/dav/calendars/ben@example.com/personal/")
    score.refused(f"what is not {ADA}'s", foreign.events, "403", "Authorization", "Forbidden")
