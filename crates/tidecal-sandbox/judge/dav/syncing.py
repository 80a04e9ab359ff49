"""Sync tokens, as the client uses them."""

from caldav.lib.error import DAVError

from dav.desk import event


def run(desk, score):
    team = desk.calendars()["Team"]
    # Without its fallback: the client would list everything instead, and nobody would notice.
    since = lambda token=None: team.get_objects_by_sync_token(token, load_objects=True, disable_fallback=True)
    # This client asks with Depth 1, against RFC 6578 3.2.
    score.refused("Depth 1", since, "400")
    desk.control("PATCH", "switches", {"caldav": {"anyDepthOfSync": True}})
    state = since()
    before = len(list(state))
    score.check("everything at first", before, 3)
    score.check("nothing since", len(list(since(state.sync_token))), 0)
    made = team.add_event(event("judge-3", "New"))
    score.check("one since", len(list(since(state.sync_token))), 1)
    updated, deleted = state.sync()
    score.check("as the client counts", (len(updated), len(deleted)), (1, 0))
    made.delete()
    updated, deleted = state.sync()
    score.check("and removed", (len(updated), len(deleted)), (0, 1))
    for status in (403, 409, 412):
        desk.control("PATCH", "switches", {"caldav": {"staleTokenStatus": status}})
        desk.control("POST", "caldav/expire-sync-tokens", {})
        try:
            since(state.sync_token)
        except DAVError as error:
            score.check(f"a lost token, as {status}", "{DAV:}valid-sync-token" in error.preconditions)
        else:
            score.check(f"a lost token, as {status}", "an answer", "a refusal")
    desk.control("PATCH", "switches", {"caldav": {"staleTokenStatus": 403}})
