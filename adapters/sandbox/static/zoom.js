// Keeps a page of the stand-in for Zoom up to date: what it says and offers, without moving the focus where it can stay.
"use strict";

const INTERVAL = 3000;

async function lookAgain() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["said", "offered"]) {
    const [shown, now] = [document.getElementById(id), page.getElementById(id)];
    if (shown && now && shown.innerHTML !== now.innerHTML) shown.innerHTML = now.innerHTML;
  }
}

setInterval(() => { lookAgain().catch(() => {}); }, INTERVAL);
