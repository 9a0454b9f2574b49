// Browsers print from their menu as well; the button is for those that hide it.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
