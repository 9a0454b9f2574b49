// What is on file for a vehicle, told as soon as its number is typed.

const field = document.getElementById("vehicle_number");
const day = document.getElementById("expected_on");
const place = document.querySelector("[data-lookup]");
let asked = field.value;

field.addEventListener("change", async () => {
  const number = field.value.trim();
  if (number === asked) return;
  asked = number;
  place.replaceChildren();
  if (!/^[a-z0-9 .-]{4,50}$/i.test(number)) return;
  try {
    const query = new URLSearchParams({ vehicle_number: number, expected_on: day.value });
    const answer = await fetch(`${place.dataset.lookup}?${query}`, { headers: { "X-Requested-With": "fetch" } });
    // Whatever is wrong with the number is told when the form is sent.
    if (!answer.ok || answer.redirected) return;
    const known = await answer.text();
    if (asked === number) place.innerHTML = known;
  } catch {
    // Without a connection there is nothing to tell.
  }
});
