// Show the buttons that copy a snippet, if the browser lets the page write to the clipboard.
export function copyButtons(within, messages) {
  if (!navigator.clipboard) return;
  for (const button of within.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = messages.copied;
    });
  }
}
