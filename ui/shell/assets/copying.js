// A button that copies a text, or the link of a page, to the clipboard, and says so.
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  const words = button.querySelector(".words")
  const said = parentElement.querySelector("[role=status]")
  button.setAttribute("aria-label", data.name)
  button.title = data.name
  words.textContent = data.label
  words.hidden = !data.label

  // Without https, on another machine's address, browsers have only the old way
  const byHand = (text) => {
    const box = document.createElement("textarea")
    box.value = text
    box.style.cssText = "position:fixed;opacity:0"
    document.body.append(box)
    box.select()
    const done = document.execCommand("copy")
    box.remove()
    button.focus()
    return done
  }
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      return byHand(text)
    }
  }

  button.onclick = async () => {
    const text = data.link ? new URL(data.text, location.href).href : data.text
    const done = await copy(text)
    button.classList.toggle("done", done)
    said.textContent = done ? data.done : data.failed
    button.title = said.textContent
    clearTimeout(button.forget)
    button.forget = setTimeout(() => {
      button.classList.remove("done")
      button.title = data.name
      said.textContent = ""
    }, 2500)
  }
}
