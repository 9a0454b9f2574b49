// Each paper is sent as it is chosen, and its row then shows what the server says of it. A photo that is larger
// than it need be is made smaller first.

const MAX_BYTES = 5 * 1024 * 1024;
const MAX_EDGE = 2000;
/** Fields for days: text where what was typed is none. */
const DAYS = "[name$='_valid_until']";

const papers = document.querySelector(".papers");
const form = papers.closest("form");
const words = papers.dataset;
/** What is on its way, by the id of its row. */
const sending = new Map();
/** What was not taken and can be sent again, by the id of its row. */
const again = new Map();
/** The button whose press waits for what is on its way. */
let pressed;

/** The photo with its long edge cut to what can be read, or the file as it is. */
async function smaller(file) {
  // A file whose name has no ending may have no type either.
  if (file.type && !file.type.startsWith("image/")) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, MAX_EDGE / Math.max(image.width, image.height));
    if (scale === 1 && file.size <= MAX_BYTES) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const context = canvas.getContext("2d");
    // A screenshot may be transparent; paper is white.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!made || made.size >= file.size) return file;
    return new File([made], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: made.type });
  } catch {
    // The original goes, and the server says what is wrong with it.
    return file;
  }
}

function button(text, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

/** Puts `parts` at the end of the row, in the place of what stood there. */
function note(row, ...parts) {
  const old = row.querySelector(".sending");
  const focused = old?.contains(document.activeElement);
  old?.remove();
  if (parts.length) {
    const place = document.createElement("div");
    place.className = "sending";
    place.append(...parts);
    row.append(place);
  }
  if (focused) (row.querySelector(".sending button") ?? row.querySelector("[type=file]"))?.focus();
}

function say(text) {
  document.getElementById("papers-status").textContent = text;
}

/** Whether an answer came from the sign-in page, to which one who is signed out is led. */
const isSignIn = (url) => new URL(url).pathname === "/login";

/** What it means that a large file got no answer: one who is signed out is told before all of it has arrived, which
    some browsers take for a broken connection. */
async function silence() {
  try {
    return isSignIn((await fetch(location.href)).url) ? words.signedOut : words.failed;
  } catch {
    return words.failed;
  }
}

/** What an answer means that is no row: in our words where its status tells, else in the page's. */
function meaning(request) {
  if (isSignIn(request.responseURL)) return words.signedOut;
  const known = { 408: words.tooSlow, 413: words.overLimit, 429: words.tooOften }[request.status];
  if (known) return known;
  if (request.status >= 500) return words.unavailable;
  // A page of this site says it itself; one of a proxy is nobody's to read.
  return request.response?.querySelector("#main > h1 + p")?.textContent ?? words.unclear;
}

/** Leads to the sign-in page beside this one, which keeps what was chosen. */
function signIn() {
  const link = document.createElement("a");
  link.href = `/login?${new URLSearchParams({ next: location.pathname })}`;
  link.target = "_blank";
  link.textContent = words.signIn;
  return link;
}

/** Sends the row's fields, and shows the row that comes back, or says why none does. Nothing that was chosen goes. */
function send(row, body) {
  const title = row.querySelector("h2").textContent;
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", `${title}: ${words.sending}`);
  const request = new XMLHttpRequest();
  sending.get(row.id)?.abort();
  sending.set(row.id, request);
  again.delete(row.id);
  const cancel = () => button(words.cancel, () => {
    request.abort();
    again.delete(row.id);
    for (const field of row.querySelectorAll("[type=file]")) field.value = "";
    note(row);
    done(row);
  });
  note(row, bar, cancel());
  say(`${title}: ${words.sending}`);
  const failed = (text) => {
    const why = document.createElement("p");
    why.className = "error";
    why.textContent = text;
    const retry = () => send(row, body);
    again.set(row.id, retry);
    note(row, why, ...(text === words.signedOut ? [signIn()] : []), button(words.retry, retry), cancel());
    say(`${title}: ${text}`);
    done(row);
  };
  request.upload.addEventListener("progress", (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
  });
  request.addEventListener("error", async () => {
    const text = await silence();
    // Cancelled, or another was chosen meanwhile.
    if (sending.get(row.id) === request) failed(text);
  });
  request.addEventListener("load", () => {
    const fresh = request.response?.getElementById(row.id);
    if (fresh && [200, 422].includes(request.status)) {
      replace(row, document.adoptNode(fresh), body.has("detach"));
      done(row);
    } else {
      // A good file may have come at a bad time, which its row tells.
      failed(fresh?.querySelector(".error")?.lastChild.textContent.trim() ?? meaning(request));
    }
  });
  request.open("POST", location.href);
  request.setRequestHeader("X-Requested-With", "fetch");
  request.responseType = "document";
  request.send(body);
}

/** Shows the row as the server made it. A day that was typed meanwhile stays. */
function replace(row, fresh, taken) {
  const focus = row.contains(document.activeElement) ? document.activeElement.name : undefined;
  for (const day of taken ? [] : row.querySelectorAll(DAYS)) {
    if (day.value === day.defaultValue) continue;
    const other = fresh.querySelector(`[name="${day.name}"]`);
    if ([day, other].some((field) => field.hasAttribute("aria-invalid"))) other.value = day.value;
    else other.replaceWith(day);
  }
  row.replaceWith(fresh);
  if (focus !== undefined) (fresh.querySelector(`[name="${focus}"]`) ?? fresh.querySelector("[type=file]")).focus();
  const state = fresh.querySelector(".error") ?? fresh.querySelector(".badge");
  say(`${fresh.querySelector("h2").textContent}: ${state.textContent.trim()}`);
}

/** The row is no longer on its way; a press that waited for the last of them goes on. */
function done(row) {
  sending.delete(row.id);
  if (sending.size || !pressed) return;
  const waited = pressed;
  pressed = undefined;
  waited.removeAttribute("aria-busy");
  if (!papers.querySelector(".sending, .error")) form.requestSubmit(waited);
}

papers.addEventListener("change", async (event) => {
  const field = event.target;
  if (!field.files) return;
  const row = field.closest("section");
  const [file] = field.files;
  sending.get(row.id)?.abort();
  again.delete(row.id);
  if (!file) {
    note(row);
    return done(row);
  }
  sending.set(row.id, undefined);
  const body = new FormData();
  body.append(field.name, await smaller(file));
  // Another was chosen meanwhile.
  if (field.files[0] !== file) return;
  for (const day of row.querySelectorAll(DAYS)) if (day.value !== day.defaultValue) body.append(day.name, day.value);
  send(row, body);
});

form.addEventListener("submit", (event) => {
  const by = event.submitter;
  if (by?.name === "detach") {
    event.preventDefault();
    const body = new FormData();
    body.append(by.name, by.value);
    send(by.closest("section"), body);
  } else if (sending.size || again.size) {
    event.preventDefault();
    pressed = by;
    pressed?.setAttribute("aria-busy", "true");
    for (const retry of [...again.values()]) retry();
  }
});
