// What HTML and htmx do not do by themselves: scrolling to new messages, opening and closing the dialog,
// suggestions by keyboard, and keeping the focus.
"use strict";

const byId = (id) => document.getElementById(id);
const [scroll, messages, box, list, dialog, form] =
  ["scroll", "messages", "say", "suggestions", "window", "form"].map(byId);

// ---- scrolls to the newest message, unless the reader has scrolled up

let isPinned = true;
const order = () => Number(messages.lastElementChild?.id.slice(1)) || 0;
let newest = order();
const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48;
const scrollToEnd = () => { if (isPinned) scroll.scrollTop = scroll.scrollHeight; };

const overflows = () => scroll.scrollHeight > scroll.clientHeight;

/** Scrolls to the newest message: to its beginning, where it is taller than the viewport. */
function reveal() {
  const last = messages.lastElementChild;
  const tall = last && last.offsetHeight > Math.min(scroll.clientHeight, innerHeight) - 24;
  last?.scrollIntoView({ block: tall ? "start" : "end" });
}

function onMessagesChanged() {
  const isNew = order() > newest;
  newest = order();
  if (isPinned && isNew && overflows()) reveal();
  else scrollToEnd();
}

scroll.addEventListener("scroll", () => { isPinned = isAtEnd(); }, { passive: true });
new ResizeObserver(scrollToEnd).observe(scroll);
new MutationObserver(onMessagesChanged).observe(messages, { childList: true, subtree: true, characterData: true });
scrollToEnd();

// ---- focus: where the focused element was removed, its message gets the focus, or else the message box

let lastFocused = null;
messages.addEventListener("focusin", (event) => { lastFocused = event.target.closest(".message"); });
document.addEventListener("focusin", (event) => { if (!messages.contains(event.target)) lastFocused = null; });
document.addEventListener("pointerdown", (event) => { if (!messages.contains(event.target)) lastFocused = null; });

function keepFocus() {
  if (!lastFocused || document.activeElement !== document.body || dialog.open) return;
  const still = lastFocused.isConnected ? lastFocused : messages.lastElementChild;
  (still && still.matches(".message") ? still : box).focus({ preventScroll: true });
}

// ---- the dialog is open while it holds a form; the first invalid field gets the focus

function syncDialog() {
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

// ---- the message box and its suggestions

const options = () => [...list.children];
const active = () => list.querySelector("[aria-selected=true]");

function show(open) {
  list.hidden = !open;
  box.setAttribute("aria-expanded", String(open));
  if (!open) choose(null);
}

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
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
// A suggestion that was marked no longer matches: Enter sends the text.
box.addEventListener("input", () => choose(null));
box.addEventListener("blur", () => show(false));
list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});

// ---- events of htmx

// The message box is cleared when a message is sent; where sending fails, its text is restored.
document.addEventListener("htmx:config:request", (event) => {
  if (event.detail.ctx.sourceElement?.id !== "composer") return;
  box.value = "";
  list.replaceChildren();
  show(false);
  box.dispatchEvent(new Event("htmx:abort"));
});

function restoreText(event) {
  const { sourceElement, request } = event.detail.ctx ?? {};
  if (sourceElement?.id === "composer" && !box.value) box.value = request.body.get("text") ?? "";
}

// Ignores a second press of a button while the first is in progress.
const pendingButtons = new Set();
document.addEventListener("htmx:config:request", (event) => {
  const button = event.detail.ctx.request.submitter;
  if (!button?.closest("#messages, #window, #prompts")) return;
  if (pendingButtons.has(button)) event.preventDefault();
  pendingButtons.add(button);
});
document.addEventListener("htmx:finally:request", (event) => pendingButtons.delete(event.detail.ctx.request.submitter));

// Answers to one's own actions are scrolled to, wherever one was reading.
let newestBefore = 0;
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.request.method === "POST") newestBefore = order();
});

document.addEventListener("htmx:after:swap", (event) => {
  const source = event.detail.ctx?.sourceElement;
  if (source === box) show(document.activeElement === box && list.children.length > 0);
  else if (source?.id !== "live") {
    syncDialog();
    if (order() > newestBefore) reveal();
  }
  keepFocus();
});

const offline = byId("offline");
const showError = (text) => { offline.hidden = !text; offline.textContent = text; };
const UNREACHABLE = "The sandbox does not answer. Is it still running?";
document.addEventListener("htmx:response:error", (event) => {
  restoreText(event);
  showError("That did not work. Please try again.");
});
document.addEventListener("htmx:error", (event) => {
  restoreText(event);
  showError(UNREACHABLE);
});
document.addEventListener("htmx:sse:error", () => showError(UNREACHABLE));
document.addEventListener("htmx:sse:after:message", () => {
  showError("");
  document.documentElement.dataset.live = "yes";
});

const unfold = document.querySelector(".unfold");
unfold.addEventListener("click", () => {
  unfold.setAttribute("aria-expanded", String(unfold.getAttribute("aria-expanded") !== "true"));
});
