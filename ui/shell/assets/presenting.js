// While a page is presented: space, arrows and a presenter's clicker go on and back, Esc leaves.
// The page's own buttons are pressed, so that whatever they do is done in one place.
(() => {
  const button = (key) => document.querySelector(`.st-key-${key} button:not(:disabled)`)
  const onward = new Set([" ", "ArrowRight", "PageDown"])
  const backward = new Set(["ArrowLeft", "PageUp"])
  const inside = (element, selector) => Boolean(element.closest?.(selector))
  const wanted = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null
    const key = event.key
    const on = event.composedPath()[0] ?? event.target
    if (inside(on, "textarea, [contenteditable], [role=combobox], input:not([type=range], [type=radio], [type=checkbox])")) return null
    // What is open over the page closes first
    if (key === "Escape") return document.querySelector("[role=dialog], [data-testid=stPopoverBody]") ? null : "present_leave"
    // A slider, a choice and the tokens of a strip have arrows of their own, a button its space
    if (key.startsWith("Arrow") && inside(on, "[role=slider], [role=radio], [role=tab], [role=group], input")) return null
    if (key === " " && inside(on, "button, a, summary, input, label, [role=radio], [role=tab]")) return null
    if (onward.has(key)) return "present_next"
    return backward.has(key) ? "present_back" : null
  }
  const leave = () => {
    const normal = new URL(location.href)
    for (const name of ["present", "reveal", "guessed"]) normal.searchParams.delete(name)
    location.replace(normal)
  }
  const press = (event) => {
    // A guess that was typed is done: the next key is to go on
    const field = event.composedPath()[0]
    if (event.key === "Enter" && field.closest?.(".st-key-present_guess input")) {
      setTimeout(() => field.blur())
    }
    const key = wanted(event)
    if (!key) return
    event.preventDefault()
    event.stopPropagation()
    if (event.repeat) return
    const found = button(key)
    if (found) found.click()
    else if (key === "present_leave") leave() // as long as nothing is drawn
  }
  // A button that was clicked keeps no focus: the next space is to go on, and not to click it again
  const let_go = (event) => {
    const clicked = event.target.closest?.("button")
    if (event.detail && clicked && !inside(clicked, "[role=group]")) clicked.blur()
  }
  window.promptLabPresenting?.abort()
  const listening = new AbortController()
  window.promptLabPresenting = listening
  document.addEventListener("keydown", press, { capture: true, signal: listening.signal })
  document.addEventListener("click", let_go, { signal: listening.signal })
})()
