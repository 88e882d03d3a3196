// Shows times in the browser's zone, reloads the door when it opens, and shows a place of a full house once it is free.
// Every page works without this script.
"use strict";

const page = document.documentElement;
// Empty where the browser does not know it, or names none that anybody else knows.
const said = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
const ownZone = said === "UTC" || (said.includes("/") && said !== "Etc/Unknown") ? said : "";

function showTimes(root) {
  const language = page.lang;
  // The browser's own locale, if it is of the page's language: it knows 6:00 PM from 18:00.
  const locale = navigator.language.startsWith(language) ? navigator.language : language;
  if (!ownZone) return; // times stay as they came, in the gathering's own zone
  // A zone that names its offset does so the other way round: Etc/GMT+5 is UTC-5.
  const fixed = ownZone.match(/^Etc\/GMT([+-])(\d+)$/);
  const city = fixed ? `UTC${fixed[1] === "+" ? "-" : "+"}${fixed[2]}` : ownZone.split("/").pop().replaceAll("_", " ");
  const place = JSON.parse(page.dataset.places ?? "{}")[city] ?? city;
  const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const dayAndYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const now = new Date();
  const halfAYear = 183 * 24 * 3600e3;
  const formatDay = (at) => {
    const plain = at.getFullYear() === now.getFullYear() && Math.abs(at - now) <= halfAYear;
    return (plain ? day : dayAndYear).format(at);
  };
  const whole = new Intl.DateTimeFormat("en", { dateStyle: "short", timeStyle: "short" });
  const zoned = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
  // A local time that occurs twice, when daylight saving time ends, is shown with its offset.
  const formatTime = (at) => {
    const twice = [-2, -1, -0.5, 0.5, 1, 2].some((hours) => whole.format(new Date(+at + hours * 3600e3)) === whole.format(at));
    const offset = () => zoned.formatToParts(at).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC");
    const shown = time.format(at).replace(" ", "\u00a0"); // 6:00 and PM stay on one line
    return twice ? `${shown} (${offset()})` : shown;
  };
  for (const element of root.querySelectorAll("time[data-style]")) {
    const at = new Date(element.dateTime);
    if (element.dataset.style === "time") {
      element.textContent = formatTime(at);
    } else {
      const values = { day: formatDay(at), time: formatTime(at), place };
      const sentence = place === "UTC" ? page.dataset.utc : page.dataset.time;
      element.textContent = sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    }
  }
}

function formatCountdown(seconds) {
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

// What the page at this address shows now; null where there is none any more. Throws while the server cannot say: it is
// busy, or starts anew.
async function latest() {
  const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
  if (answer.status === 429 || answer.status >= 500) throw new Error(`not now (${answer.status})`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("threshold");
  return answer.ok ? fresh : null;
}

// The browser's clock may be wrong: the time left is counted from the server's response.
function watchDoor(door) {
  const countdown = document.getElementById("countdown");
  let startedAt = performance.now();
  let left = Number(door.dataset.left) * 1000;
  let checkedAt = startedAt;
  let checking = false;

  async function check() {
    checking = true;
    checkedAt = performance.now();
    try {
      const fresh = await latest();
      if (!fresh || fresh.dataset.state !== door.dataset.state) location.reload();
      else if (fresh.dataset.opens !== door.dataset.opens) location.reload();
      // Counted anew: a device that slept meanwhile has missed some of it.
      else [startedAt, left] = [checkedAt, Number(fresh.dataset.left) * 1000];
    } catch {
      // Offline, or not now: the next check comes by itself.
    }
    checking = false;
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !checking) check();
  });
  setInterval(() => {
    const now = performance.now();
    const remains = left - (now - startedAt);
    countdown.hidden = remains > 24 * 3600 * 1000 || remains <= 0;
    countdown.textContent = formatCountdown(Math.max(0, Math.ceil(remains / 1000)));
    // Once the doors are due, at random times, so that not everybody reloads at once; before, in case they open early.
    const interval = remains <= 0 ? 2000 + Math.random() * 2000 : remains < 3600 * 1000 ? 30000 : 300000;
    if (!checking && now - checkedAt > interval) check();
  }, 1000);
}

// At a full house a change is shown in place: a screen reader is told, and the focus stays where it was.
function watchPlace() {
  let last = null;

  function show(fresh) {
    const old = document.getElementById("threshold");
    const wasInside = old.contains(document.activeElement);
    const shown = document.importNode(fresh, true);
    old.replaceWith(shown);
    showTimes(shown);
    if (wasInside) shown.querySelector("button, a")?.focus();
    return shown;
  }

  async function check() {
    try {
      const fresh = await latest();
      if (!fresh) {
        location.reload();
        return;
      }
      const waits = "waits" in fresh.dataset;
      if (!waits || (last !== null && last !== fresh.textContent)) {
        const shown = show(fresh);
        if (!waits) {
          const lead = shown.querySelector(".lead").textContent;
          document.getElementById("news").textContent = lead;
          document.title = `${lead} · ${document.title}`;
          return;
        }
      }
      last = fresh.textContent;
    } catch {
      // Offline, or not now: the next check comes by itself.
    }
    setTimeout(check, 4000 + Math.random() * 2000);
  }

  setTimeout(check, 4000 + Math.random() * 2000);
}

// How soon a gathering is, by the reader's own calendar.
const near = new Intl.RelativeTimeFormat(page.lang, { numeric: "auto" });
for (const element of document.querySelectorAll("[data-near]")) {
  const at = new Date(element.dataset.near);
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const days = Math.round((midnight(at) - midnight(new Date())) / 86400e3);
  element.textContent = days === 0 && at.getHours() >= 17 ? page.dataset.tonight : near.format(days, "day");
}
// Sharing: the device's own way, or the address in the clipboard.
for (const button of document.querySelectorAll("[data-share]")) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    const { share: url, title } = button.dataset;
    const status = button.parentElement.querySelector("[role=status]");
    try {
      if (navigator.share) await navigator.share({ url, title });
      else {
        await navigator.clipboard.writeText(url);
        status.textContent = status.dataset.copied;
      }
    } catch {
      // They thought better of it, or the browser does not allow it.
    }
  });
}
// What was answered to a press gets an address to keep, or keeps its own: going back to it then requests that by GET.
// A browser would refuse to repeat the POST.
const answer = document.querySelector("[data-page]");
if (answer) {
  if (location.hash === "#answer") answer.focus(); // after a press: a screen reader goes on with what was answered
  history.replaceState(null, "", answer.dataset.page || location.href);
}
// The browser mostly knows its zone: it is asked for only where it does not, or that was not understood.
const zoneField = document.getElementById("signup-zone-field");
if (zoneField && ownZone && !("asked" in zoneField.dataset)) {
  document.getElementById("signup-zone").value = ownZone;
  zoneField.hidden = true;
}
// Too busy for the moment: it asks again by itself.
if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 5000 + Math.random() * 5000);
showTimes(document);
const door = document.getElementById("threshold");
if (door && door.dataset.opens) watchDoor(door);
if (door && "waits" in door.dataset) watchPlace();
