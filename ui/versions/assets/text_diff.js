// The difference of two texts. What was written only ever becomes textContent.

const TAGS = {added: "ins", removed: "del", same: "span", fold: "span"}

const piece = (kind, text, words) => {
  const element = document.createElement(TAGS[kind])
  if (kind === "fold") element.className = "fold"
  if (words[kind]) {
    const heard = document.createElement("span")
    heard.className = "heard"
    heard.textContent = words[kind]
    element.append(heard)
  }
  // A line break that comes or goes would not be seen
  element.append(kind === "added" || kind === "removed" ? text.replace(/\n/g, "↵\n") : text)
  return element
}

export default (component) => {
  const { data, parentElement } = component
  const place = parentElement.querySelector(".diff")
  place.setAttribute("aria-label", data.label)
  place.classList.toggle("tokens", data.tokens)
  place.replaceChildren()
  for (const line of data.lines) {
    const target = data.list ? document.createElement("div") : place
    if (data.list) {
      target.className = "item"
      place.append(target)
    }
    for (const [kind, text] of line) target.append(piece(kind, text, data.words))
  }
}
