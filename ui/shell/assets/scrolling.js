// Boxes that scroll can be reached by keyboard, also in browsers that leave them out.
(() => {
  if (window.promptLabScrolling) return
  let waiting = false
  const mark = () => {
    waiting = false
    for (const box of document.querySelectorAll('[overflow="auto"]')) {
      if (box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0
      else box.removeAttribute("tabindex")
    }
  }
  const soon = () => {
    if (!waiting) requestAnimationFrame(mark)
    waiting = true
  }
  window.promptLabScrolling = new MutationObserver(soon)
  window.promptLabScrolling.observe(document.body, {childList: true, subtree: true, characterData: true})
  soon()
})()
