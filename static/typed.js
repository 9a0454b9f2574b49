// The answer to a form may stand at an address that cannot be opened: Reload opens the page that it belongs to.
const answered = document.body.dataset.page;
if (answered) history.replaceState(null, "", answered);

// What was typed waits in this tab, so that Reload and Back bring it again. Where somebody signs in nothing
// waits any more, and no password ever does.
const TYPED = "typed";
const page = answered ?? location.pathname;
const isSecret = document.querySelector("[type=password]");
const waiting = isSecret ? {} : JSON.parse(sessionStorage.getItem(TYPED) ?? "{}");
const keep = () => sessionStorage.setItem(TYPED, JSON.stringify(waiting));

/** The fields that people type or choose in: the form's address, the field's name, the field. */
const fields = [...document.querySelectorAll("main form[method=post]:not(.scan)")].flatMap((form) =>
  [...form.querySelectorAll("textarea, select, input:not([type=hidden], [type=file], [type=checkbox], [type=radio])")]
    .filter((field) => field.name)
    .map((field) => [form.getAttribute("action"), field.name, field]));
const isTyped = (field) => field.options
  ? [...field.options].some((option) => option.selected !== option.defaultSelected)
  : field.value !== field.defaultValue;

if (!answered && ["reload", "back_forward"].includes(performance.getEntriesByType("navigation")[0]?.type)) {
  for (const [action, name, value] of waiting[page] ?? []) {
    const field = fields.find(([formsAction, fieldsName]) => formsAction === action && fieldsName === name)?.[2];
    if (!field || field.value === value) continue;
    field.value = value;
    field.closest("details")?.setAttribute("open", "");
  }
}
delete waiting[page];
keep();

window.addEventListener("pagehide", () => {
  if (isSecret) return;
  const typed = fields.filter(([, , field]) => field.isConnected && (answered || isTyped(field)));
  if (typed.length) waiting[page] = typed.map(([action, name, field]) => [action, name, field.value]);
  keep();
});
