"""Every calendar part of a folder of mail, read by three programs that share no code with ours: Python's icalendar and
vobject, and libical (its restriction checker for iTIP among them: what a REQUEST or CANCEL must and must not have, RFC 5546).

    calendars.py FOLDER    looks at every .eml below FOLDER; exit 0 when all are valid
"""

import email
import email.policy
import sys
from pathlib import Path

import gi
import icalendar
import vobject

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib  # noqa: E402


def calendars(folder):
    for path in sorted(Path(folder).rglob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                yield path.name, part.get_param("method"), part.get_content().replace("\r\n", "\n").replace("\n", "\r\n")


def faults_of(method, text):
    """What is wrong with one calendar, by any of the three."""
    calendar = icalendar.Calendar.from_ical(text)
    events = [part for part in calendar.walk() if part.name == "VEVENT"]
    if calendar.errors or any(event.errors for event in events):
        yield "icalendar: " + "; ".join(str(error) for part in [calendar, *events] for error in part.errors)
    if str(calendar.get("method")) != method:
        yield f"METHOD is {calendar.get('method')} and the part says {method}"
    for event in events:
        start, end = event.get("dtstart"), event.get("dtend")
        if start is None or end is None or start.dt >= end.dt:
            yield "it does not begin before it ends"

    try:
        vobject.readOne(text).validate(raiseException=True)
    except Exception as error:  # noqa: BLE001 (whatever it says is the finding)
        yield f"vobject: {error}"

    component = ICalGLib.Component.new_from_string(text)
    if component is None:
        yield "libical cannot read it"
        return
    if component.count_errors():
        yield f"libical: {component.count_errors()} errors"
    # The checker writes what it finds into the component as X-LIC-ERROR.
    ICalGLib.restriction_check(component)
    found = [line for line in component.as_ical_string().splitlines() if line.startswith("X-LIC-ERROR")]
    yield from (f"libical: {line}" for line in found)


def main(folder):
    seen, wrong = {}, 0
    for name, method, text in calendars(folder):
        seen[method] = seen.get(method, 0) + 1
        for fault in faults_of(method, text):
            wrong += 1
            print(f"{name}: {fault}")
    total = sum(seen.values())
    print(f"{total} calendars ({', '.join(f'{n} {method}' for method, n in sorted(seen.items()))}), {wrong} faults")
    return 0 if total and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
