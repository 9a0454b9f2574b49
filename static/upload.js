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
/** The button whose press waits for what is on its way. */
let pressed;

/** The photo with its long edge cut to what can be read, or the file as it is. */
async function smaller(file) {
  if (!file.type.startsWith("image/")) return file;
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

/** Sends the row's fields, and shows the row that comes back. */
function send(row, body) {
  const title = row.querySelector("h2").textContent;
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", `${title}: ${words.sending}`);
  const request = new XMLHttpRequest();
  sending.get(row.id)?.abort();
  sending.set(row.id, request);
  note(row, bar, button(words.cancel, () => {
    request.abort();
    for (const field of row.querySelectorAll("[type=file]")) field.value = "";
    note(row);
    done(row);
  }));
  say(`${title}: ${words.sending}`);
  const failed = () => {
    const why = document.createElement("p");
    why.className = "error";
    why.textContent = request.response?.querySelector("h1")?.textContent ?? words.failed;
    note(row, why, button(words.retry, () => send(row, body)));
    say(`${title}: ${why.textContent}`);
    done(row);
  };
  request.upload.addEventListener("progress", (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
  });
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    const fresh = request.response?.getElementById(row.id);
    if (fresh) {
      replace(row, document.adoptNode(fresh), body.has("detach"));
      done(row);
    } else if (request.status >= 500 || [413, 429].includes(request.status)) {
      failed();
    } else {
      // Signed out, or submitted meanwhile: the page itself tells.
      location.reload();
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
  if (!file) return done(row);
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
  } else if (sending.size) {
    event.preventDefault();
    pressed = by;
    pressed?.setAttribute("aria-busy", "true");
  }
});
