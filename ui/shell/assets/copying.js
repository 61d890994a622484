// A button with data-copy puts its text on the clipboard, and shows for a moment that it did.
(() => {
  if (window.promptLabCopying) return
  window.promptLabCopying = true
  // Where the app is served without encryption browsers have no clipboard for scripts
  const byHand = (text) => {
    const box = document.createElement("textarea")
    box.value = text
    box.style.position = "fixed"
    box.style.opacity = "0"
    document.body.append(box)
    box.select()
    document.execCommand("copy")
    box.remove()
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]")
    if (!button) return
    const text = button.dataset.copy
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      byHand(text)
    }
    button.classList.add("copied")
    setTimeout(() => button.classList.remove("copied"), 1500)
  })
})()
