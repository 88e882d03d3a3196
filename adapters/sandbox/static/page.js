// The little that HTML and htmx do not do by themselves: the scroll that stays at the newest message, the
// window that opens and closes, suggestions by keyboard, and focus that is never lost.
"use strict";

const byId = (id) => document.getElementById(id);
const [scroll, messages, box, list, dialog, form] =
  ["scroll", "messages", "say", "suggestions", "window", "form"].map(byId);

// ---- the newest message stays in sight, unless somebody is reading further up

let atEnd = true;
const order = () => Number(messages.lastElementChild?.id.slice(1)) || 0;
let newest = order();
const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48;
const toEnd = () => { if (atEnd) scroll.scrollTop = scroll.scrollHeight; };

const overflows = () => scroll.scrollHeight > scroll.clientHeight;

/** Brings the newest message into sight: its beginning, when it is taller than what can be seen. */
function reveal() {
  const last = messages.lastElementChild;
  const tall = last && last.offsetHeight > Math.min(scroll.clientHeight, innerHeight) - 24;
  last?.scrollIntoView({ block: tall ? "start" : "end" });
}

function arrived() {
  const isNew = order() > newest;
  newest = order();
  if (atEnd && isNew && overflows()) reveal();
  else toEnd();
}

scroll.addEventListener("scroll", () => { atEnd = isAtEnd(); }, { passive: true });
new ResizeObserver(toEnd).observe(scroll);
new MutationObserver(arrived).observe(messages, { childList: true, subtree: true, characterData: true });
toEnd();

// ---- focus: when what had it is gone, its message takes it, or else the message box

let lastFocused = null;
messages.addEventListener("focusin", (event) => { lastFocused = event.target.closest(".message"); });
document.addEventListener("focusin", (event) => { if (!messages.contains(event.target)) lastFocused = null; });
document.addEventListener("pointerdown", (event) => { if (!messages.contains(event.target)) lastFocused = null; });

function keepFocus() {
  if (!lastFocused || document.activeElement !== document.body || dialog.open) return;
  const still = lastFocused.isConnected ? lastFocused : messages.lastElementChild;
  (still && still.matches(".message") ? still : box).focus({ preventScroll: true });
}

// ---- the window: open while there is a form in it; a mistake takes the focus

function tendWindow() {
  const wanted = form.firstElementChild !== null;
  if (wanted && !dialog.open) dialog.showModal();
  if (!wanted && dialog.open) dialog.close();
  if (!wanted) return;
  const mistaken = form.querySelector("[aria-invalid=true]");
  const first = mistaken?.matches("fieldset") ? mistaken.querySelector("input") : mistaken;
  (first ?? form.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
}

dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
dialog.addEventListener("close", () => { form.replaceChildren(); });

// ---- the message box and what it offers

const options = () => [...list.children];
const active = () => list.querySelector("[aria-selected=true]");

function show(open) {
  list.hidden = !open;
  box.setAttribute("aria-expanded", String(open));
  if (!open) choose(null);
}

function choose(option) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === option));
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function take(option) {
  box.value = option.dataset.fill;
  show(false);
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function step(by) {
  const all = options();
  const at = all.indexOf(active());
  choose(all[(at + by + (at < 0 && by < 0 ? 1 : 0) + all.length) % all.length]);
}

const keys = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Escape: () => show(false),
  Enter: () => (active() ? take(active()) : false),
};

box.addEventListener("keydown", (event) => {
  if (list.hidden || event.isComposing || !keys[event.key]) return;
  if (keys[event.key]() !== false) event.preventDefault();
});
// What was marked before fits no longer: Enter now means what is written.
box.addEventListener("input", () => choose(null));
box.addEventListener("blur", () => show(false));
list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});

// ---- what htmx tells

// A line leaves the box when it is sent, so that the next can be typed; if it does not arrive, it comes back.
document.addEventListener("htmx:config:request", (event) => {
  if (event.detail.ctx.sourceElement?.id !== "composer") return;
  box.value = "";
  list.replaceChildren();
  show(false);
  box.dispatchEvent(new Event("htmx:abort"));
});

function comeBack(event) {
  const { sourceElement, request } = event.detail.ctx ?? {};
  if (sourceElement?.id === "composer" && !box.value) box.value = request.body.get("text") ?? "";
}

// A second press of the very same button while the first is under way says nothing new.
const underWay = new Set();
document.addEventListener("htmx:config:request", (event) => {
  const button = event.detail.ctx.request.submitter;
  if (!button?.closest("#messages, #window, #prompts")) return;
  if (underWay.has(button)) event.preventDefault();
  underWay.add(button);
});
document.addEventListener("htmx:finally:request", (event) => underWay.delete(event.detail.ctx.request.submitter));

// What one asked for oneself is brought into sight, wherever one was reading.
let newestBefore = 0;
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.request.method === "POST") newestBefore = order();
});

document.addEventListener("htmx:after:swap", (event) => {
  const source = event.detail.ctx?.sourceElement;
  if (source === box) show(document.activeElement === box && list.children.length > 0);
  else if (source?.id !== "live") {
    tendWindow();
    if (order() > newestBefore) reveal();
  }
  keepFocus();
});

const offline = byId("offline");
const say = (text) => { offline.hidden = !text; offline.textContent = text; };
const silent = "The sandbox does not answer. Is it still running?";
document.addEventListener("htmx:response:error", (event) => {
  comeBack(event);
  say("That did not work. Please try again.");
});
document.addEventListener("htmx:error", (event) => {
  comeBack(event);
  say(silent);
});
document.addEventListener("htmx:sse:error", () => say(silent));
document.addEventListener("htmx:sse:after:message", () => {
  say("");
  document.documentElement.dataset.live = "yes";
});

const unfold = document.querySelector(".unfold");
unfold.addEventListener("click", () => {
  unfold.setAttribute("aria-expanded", String(unfold.getAttribute("aria-expanded") !== "true"));
});
