"""Zone names: every Windows name is taken and comes back; IANA names come back as Windows names."""

from msgraph.generated.models.event import Event

from graph.build import at
from graph.desk import ADA


async def run(desk, score):
    ada = desk.client(ADA)
    names = [zone.alias for zone in (await ada.me.outlook.supported_time_zones.get()).value]
    score.check("Windows names", len(names), 139)
    for name in names:
        made = await score.ok(f"an event in {name}", ada.me.events.post(
            Event(subject=name, start=at("2026-12-01T09:00:00", name), end=at("2026-12-01T10:00:00", name))))
        score.check(f"{name} comes back", made and (made.original_start_time_zone, made.original_end_time_zone), (name, name))
    for iana, name in [("Europe/Vienna", "W. Europe Standard Time"), ("Asia/Kolkata", "India Standard Time"),
                       ("America/New_York", "Eastern Standard Time"), ("Europe/Kyiv", "FLE Standard Time"), ("Etc/UTC", "UTC")]:
        made = await score.ok(f"an event in {iana}", ada.me.events.post(
            Event(subject=iana, start=at("2026-12-01T09:00:00", iana), end=at("2026-12-01T10:00:00", iana))))
        score.check(f"{iana} by its Windows name", made and made.original_start_time_zone, name)
    for wrong in ("Mars/Base", "", "CET"):
        await score.refused(f"zone '{wrong}'", ada.me.events.post(
            Event(subject="x", start=at("2026-12-01T09:00:00", wrong), end=at("2026-12-01T10:00:00", wrong))),
            400, "TimeZoneNotSupportedException")
