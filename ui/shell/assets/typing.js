// What is typed in the editor reaches the server in a pause, not only when its field is left: a
// reload or a closed tab loses no more than the last second.
(() => {
  if (window.promptLabTyping) return
  window.promptLabTyping = true
  let pause
  const keep = (field) => {
    // As Ctrl+Enter and Enter do, which leave the cursor where it is
    const name = {key: "Enter", code: "Enter", keyCode: 13, bubbles: true}
    const area = field.tagName === "TEXTAREA"
    field.dispatchEvent(new KeyboardEvent("keydown", {...name, ctrlKey: area}))
    if (!area) field.dispatchEvent(new KeyboardEvent("keypress", name))
  }
  document.addEventListener("input", (event) => {
    if (!event.target.closest('[class*="st-key-typed_"]')) return
    clearTimeout(pause)
    // A character that is being put together is not typed yet
    if (!event.isComposing) pause = setTimeout(keep, 1000, event.target)
  })
  document.addEventListener("compositionend", (event) => {
    if (!event.target.closest('[class*="st-key-typed_"]')) return
    clearTimeout(pause)
    pause = setTimeout(keep, 1000, event.target)
  })
  window.addEventListener("beforeunload", () => document.activeElement?.blur())
})()
