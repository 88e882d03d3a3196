// Reads calendar files, a JSON list of them on standard input, with two libraries, and writes what these make of each:
// a JSON list of {library: {uid: [start, end] as ISO 8601 in UTC}}.

import ICAL from "ical.js";
import ical from "node-ical";
import { readFileSync } from "node:fs";

function byIcalJs(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset(); // what the file itself says of its zones, and nothing else
  for (const each of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(each));
  }
  const events = calendar.getAllSubcomponents("vevent").map((each) => new ICAL.Event(each));
  return Object.fromEntries(events.map((each) => [each.uid, [each.startDate, each.endDate].map((at) => at.toJSDate())]));
}

function byNodeIcal(text) {
  const events = Object.values(ical.sync.parseICS(text)).filter((each) => each.type === "VEVENT");
  return Object.fromEntries(events.map((each) => [each.uid, [each.start, each.end].map((at) => new Date(at))]));
}

const files = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(files.map((text) => ({ "ical.js": byIcalJs(text), "node-ical": byNodeIcal(text) }))));
