// Buttons that copy a snippet; they are there only where the browser lets a page write to the clipboard.
export function copyButtons(within, words) {
  if (!navigator.clipboard) return;
  for (const button of within.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = words.copied;
    });
  }
}
