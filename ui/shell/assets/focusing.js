// The message box of a conversation has the focus when the conversation opens: once for each, where there
// is a keyboard, and never away from what somebody is typing into.
((about) => {
  if (window.promptLabFocused === about || !matchMedia("(hover: hover)").matches) return
  window.promptLabFocused = about
  const focus = (tries) => {
    const now = document.activeElement
    if (now && now.matches("input, textarea, select, [role=dialog] *")) return
    const box = document.querySelector('[data-testid="stChatInputTextArea"]')
    if (box && !box.disabled) box.focus({preventScroll: true})
    else if (tries > 0) requestAnimationFrame(() => focus(tries - 1))
  }
  focus(120)
})
