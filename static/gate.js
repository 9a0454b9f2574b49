// A scanner types as a keyboard does, only faster, and into whatever has the focus. What it types is looked up as if
// it had been typed into the page's field; no button, box or other field gets any of it.

/** Milliseconds that a key of a scan into a text takes on the average, at most. Quick typists take twice as long. */
const QUICK = 45;
/** Milliseconds between two keys of one scan into a text, at most. */
const PAUSE = 60;
/** The same in the page's field, where a part of a code is no use. */
const PAUSE_IN_FIELD = 500;
/** The same where nothing can be written: nobody types a code there. */
const PAUSE_ELSEWHERE = 100;
/** Shorter codes are typed by hand. */
const SHORTEST = 6;
/** Milliseconds that Enter or a space waits for what may follow it. */
const WAIT = 120;
/** Milliseconds after a page was asked for in which the code that led to it may still be read once more. */
const AGAIN = 1500;
/** Milliseconds in which Enter or a space presses nothing after a letter that went nowhere: scanners may be slow. */
const ASTRAY = 500;

/** Under which name a page leaves the next one what it looks up. */
const LOOKED_UP = "looked-up";

const form = document.querySelector(".scan");
/** What the page before looked up, where that led here. */
const ledHere = sessionStorage.getItem(LOOKED_UP);
sessionStorage.removeItem(LOOKED_UP);
/** What came so far, and when: the first key, the last one. */
let keys = "", first = 0, last = -Infinity;
/** The field that it goes into, and what was in it before. */
let field, before;
/** When a letter last went nowhere, or a scan ended. */
let astray = -Infinity;
/** What Enter or a space will press when nothing follows: it may be a scan's first key. */
let held, timer;
/** Whether the space that is down presses nothing when it comes up. */
let mute = false;
/** What was looked up last. */
let asked;

const isText = (element) => element.matches("textarea, input:not([type=checkbox], [type=radio])");

/** What `key` presses. */
function pressedBy(key, element) {
  if (key === "Enter") return element.closest("a[href], button, summary");
  if (key === " ") return element.closest("button, summary, [type=checkbox]");
  return null;
}

/** How long the next key of a scan may take. */
function pause() {
  if (!field) return PAUSE_ELSEWHERE;
  return field === form.elements.code ? PAUSE_IN_FIELD : PAUSE;
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.key === " ") mute = true;
}

function release(press) {
  clearTimeout(timer);
  const element = held;
  held = undefined;
  if (press) element?.click();
}

function forget() {
  keys = "";
  last = -Infinity;
}

function look(code) {
  // An act that is on its way is answered first. The same code once more is the same scan.
  if (document.querySelector("form[data-sent]:not(.scan)")) return;
  if (code !== asked) delete form.dataset.sent;
  asked = code;
  form.elements.code.value = code;
  form.requestSubmit();
}

/** A key that writes something. */
function letter(event, soon) {
  release(false);
  if (!soon) {
    keys = "";
    first = event.timeStamp;
    field = isText(event.target) ? event.target : undefined;
    before = field?.value;
  }
  keys += event.key;
  last = event.timeStamp;
  if (isText(event.target)) return;
  const pressed = pressedBy(event.key, event.target);
  const late = event.timeStamp - astray <= ASTRAY;
  if (event.key !== " ") astray = event.timeStamp;
  if (keys.length > 1 || (pressed && late)) {
    // Some browsers search the page for what is typed.
    stop(event);
  } else if (pressed) {
    stop(event);
    held = pressed;
    timer = setTimeout(release, WAIT, true);
  }
}

/** Enter or Tab. */
function end(event, soon) {
  const code = keys;
  const quick = !field || last - first <= QUICK * (code.length - 1);
  release(true);
  forget();
  if (soon && quick && code.length >= SHORTEST) {
    stop(event);
    astray = event.timeStamp;
    if (field) field.value = before;
    return look(code);
  }
  if (event.key === "Enter" && event.target.matches("[type=checkbox]")) return stop(event);
  const pressed = event.shiftKey ? null : pressedBy(event.key, event.target);
  if (!pressed) return;
  stop(event);
  if (event.timeStamp - astray <= ASTRAY) return;
  held = pressed;
  timer = setTimeout(release, WAIT, true);
}

window.addEventListener("keydown", (event) => {
  mute = false;
  if (["Shift", "CapsLock", "AltGraph"].includes(event.key)) return;
  const soon = event.timeStamp - last <= pause();
  const chord = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
  if (event.isComposing || event.repeat || chord) {
    release(true);
    forget();
  } else if (event.key.length === 1) {
    letter(event, soon);
  } else if (event.key === "Enter" || event.key === "Tab") {
    end(event, soon);
  } else {
    release(true);
    forget();
  }
}, true);

window.addEventListener("keyup", (event) => {
  if (mute && event.key === " ") event.preventDefault();
}, true);

/** Whether this is the code that led here, read twice, or its end: the page before got the beginning. */
function isAgain(code, time) {
  return time <= AGAIN && Boolean(ledHere?.endsWith(code));
}

// Enter that is pressed once more, by a finger or a scanner, has not scanned nothing.
form.addEventListener("submit", (event) => {
  const { code } = form.elements;
  if (!code.value || isAgain(code.value, event.timeStamp)) {
    event.preventDefault();
    code.value = "";
  } else {
    sessionStorage.setItem(LOOKED_UP, code.value);
  }
});

// Some scanners end a code with Tab instead of Enter, and some are slow.
form.addEventListener("keydown", (event) => {
  if (event.key === "Tab" && !event.shiftKey && event.target.value) {
    event.preventDefault();
    form.requestSubmit();
  }
});
