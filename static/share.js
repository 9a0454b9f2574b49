// What a phone can do better than links: its own way of sharing, and its clipboard.
const field = document.getElementById("pass-link");
const [share, copy] = [document.getElementById("share"), document.getElementById("copy")];

if (navigator.share) {
  share.hidden = false;
  share.addEventListener("click", () => {
    // That somebody thought better of it is no error.
    navigator.share({ title: share.dataset.title, text: share.dataset.text }).catch(() => {});
  });
}
// Without TLS a browser gives no clipboard; the address can still be selected.
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      copy.textContent = copy.dataset.done;
    } catch {
      field.select();
    }
  });
}
field.addEventListener("focus", () => field.select());
