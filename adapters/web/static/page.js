// Times in the reader's own zone, and a door that opens by itself. Every page works without this.
"use strict";

const page = document.documentElement;

function showTimes(root) {
  const language = page.lang;
  // Clocks as the reader is used to them: 6:00 PM or 18:00.
  const spoken = navigator.language.startsWith(language) ? navigator.language : language;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const place = zone.split("/").pop().replaceAll("_", " ");
  const time = new Intl.DateTimeFormat(spoken, { hour: "numeric", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(spoken, { weekday: "long", day: "numeric", month: "long" });
  const whole = new Intl.DateTimeFormat("en", { dateStyle: "short", timeStyle: "short" });
  const zoned = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
  // In the night in which clocks go back, the same time comes twice: then the offset is named.
  const said = (at) => {
    const twice = [-2, -1, -0.5, 0.5, 1, 2].some((hours) => whole.format(new Date(+at + hours * 3600e3)) === whole.format(at));
    const offset = () => zoned.formatToParts(at).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC");
    return twice ? `${time.format(at)} (${offset()})` : time.format(at);
  };
  for (const each of root.querySelectorAll("time[datetime]")) {
    const at = new Date(each.dateTime);
    if (each.dataset.style === "time") {
      each.textContent = said(at);
    } else {
      const words = { day: day.format(at), time: said(at), place };
      each.textContent = page.dataset.time.replace(/\{(\w+)\}/g, (_, name) => words[name]);
    }
  }
}

function clockFace(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// The browser's clock may be wrong: time is counted from the server's own answer.
function waitAtDoor(door) {
  const face = document.getElementById("countdown");
  const began = performance.now();
  const left = Number(door.dataset.left) * 1000;
  let looked = began;
  let looking = false;

  async function look() {
    looking = true;
    looked = performance.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("threshold");
      if (!answer.ok || !fresh || fresh.dataset.state !== door.dataset.state) location.reload();
      else if (fresh.dataset.opens !== door.dataset.opens) location.reload();
    } catch {
      // No connection just now: the next look comes by itself.
    }
    looking = false;
  }

  setInterval(() => {
    const now = performance.now();
    const remains = left - (now - began);
    face.hidden = remains > 24 * 3600 * 1000 || remains <= 0;
    face.textContent = clockFace(Math.max(0, Math.ceil(remains / 1000)));
    // At the moment itself, a little apart from everybody else; before it now and then, for doors opened early.
    const patience = remains <= 0 ? 2000 + Math.random() * 2000 : remains < 3600 * 1000 ? 30000 : 300000;
    if (!looking && now - looked > patience) look();
  }, 1000);
}

// The page that was answered to a press is not asked for again with that press: going back shows the door.
if (document.body.classList.contains("inside")) history.replaceState(null, "", location.href);
showTimes(document);
const door = document.getElementById("threshold");
if (door && door.dataset.opens) waitAtDoor(door);
