// Every page works without this. It only makes a few things quicker.

// A form that is on its way is not sent again by a second press. After some seconds it may be: the answer may
// have got lost, or the browser was told to stop.
const PATIENCE = 10_000;

const release = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  setTimeout(release, PATIENCE, form);
});

// The browser's back button brings the page as it was left: let its forms be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});

// A form that came back says first what is wrong.
document.getElementById("problem")?.focus();
