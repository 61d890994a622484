// An answer as a strip of token buttons. Model text only ever becomes textContent.

const make = (tag, className, text) => {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  return element
}

const isDark = (host) => {
  const probe = getComputedStyle(host).getPropertyValue("--st-background-color").trim()
  const hex = probe.match(/^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i)
  const parts = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : probe.match(/\d+/g)
  if (!parts || parts.length < 3) return false
  return 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] < 128
}

// Blanks and line breaks have calm signs of their own
const fill = (button, text) => {
  for (const part of text.split(/([ \n\t]+)/)) {
    if (!part) continue
    const sign = part.replace(/ /g, "·").replace(/\n/g, "↵").replace(/\t/g, "⇥")
    button.append(sign === part ? part : make("span", "quiet", sign))
  }
}

const build = (root, data) => {
  const strip = root.querySelector(".tokens")
  strip.replaceChildren()
  strip.setAttribute("aria-label", data.label)
  for (const [text, start, end] of data.characters) {
    let place = strip
    if (end - start > 1) {
      place = make("span", "character")
      place.append(make("span", "", text))
      const bytes = make("span", "bytes")
      place.append(bytes)
      strip.append(place)
      place = bytes
    }
    for (let i = start; i < end; i++) {
      const token = data.tokens[i]
      const button = make("button", token.control ? "control" : "")
      button.type = "button"
      button.dataset.index = i
      button.setAttribute("aria-label", token.label)
      fill(button, token.text)
      place.append(button)
    }
    if (text === "\n") strip.append(make("br"))
  }
}

const paint = (root, data, buttons) => {
  const palette = isDark(root.getRootNode().host ?? root) ? data.dark : data.light
  for (const [i, button] of buttons.entries()) {
    button.style.background = palette.steps[data.tokens[i].step]
    button.style.color = palette.text
    button.setAttribute("aria-pressed", i === data.picked ? "true" : "false")
  }
  const legend = root.querySelector(".legend")
  legend.replaceChildren()
  for (const [step, text] of data.legend.entries()) {
    const entry = make("span", "", "")
    const swatch = make("i")
    swatch.style.background = palette.steps[step]
    entry.append(swatch, text)
    legend.append(entry)
  }
}

const explain = (root, button, token) => {
  const tip = root.querySelector(".tip")
  const [head, ...lines] = token.tip
  tip.replaceChildren(make("b", "", head), lines.join("\n"))
  tip.hidden = false
  const around = root.getBoundingClientRect()
  const own = button.getBoundingClientRect()
  const left = Math.min(own.left - around.left, around.width - tip.offsetWidth)
  tip.style.left = `${Math.max(0, left)}px`
  tip.style.top = `${own.bottom - around.top + 6}px`
}

const listen = (root, buttons, tokens, pick) => {
  const strip = root.querySelector(".tokens")
  const tip = root.querySelector(".tip")
  const own = (event) => event.target.closest("button")
  const show = (event) => {
    const button = own(event)
    if (button) explain(root, button, tokens[button.dataset.index])
  }
  const hide = () => { tip.hidden = true }
  // One tab stop for the whole strip; the arrows walk through it
  const reach = (i) => {
    for (const button of buttons) button.tabIndex = -1
    buttons[i].tabIndex = 0
  }
  strip.onpointerover = show
  strip.onpointerleave = hide
  strip.onscroll = hide
  strip.onfocusin = show
  strip.onfocusout = hide
  strip.onclick = (event) => {
    const button = own(event)
    if (!button) return
    reach(Number(button.dataset.index))
    pick(Number(button.dataset.index))
  }
  strip.onkeydown = (event) => {
    const button = own(event)
    if (!button) return
    const here = Number(button.dataset.index)
    const last = buttons.length - 1
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key]
    if (event.key === "Escape") hide()
    if (next === undefined) return
    event.preventDefault()
    const there = Math.min(last, Math.max(0, next))
    reach(there)
    buttons[there].focus()
  }
  return reach
}

const drawn = new WeakMap()

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".strip")
  if (!root || !data) return
  const content = JSON.stringify([data.characters, data.tokens.map((token) => token.label)])
  const fresh = drawn.get(parentElement) !== content
  if (fresh) build(root, data)
  drawn.set(parentElement, content)
  const buttons = [...root.querySelectorAll("button")]
  paint(root, data, buttons)
  const reach = listen(root, buttons, data.tokens, (i) => setTriggerValue("picked", i))
  if (fresh && buttons.length) reach(Math.min(Math.max(0, data.picked), buttons.length - 1))
}
