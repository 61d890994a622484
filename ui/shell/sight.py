"""Scrolls the page to what has just appeared on it, once."""

import json

import streamlit as st


def bring_into_sight(key: str, occasion: str) -> None:
    """Scroll to the container with this key. occasion: the same one scrolls once and no more.

    To be called inside of the container; both texts are ours. What is in sight already stays put.
    """
    script = f"""(() => {{
  const seen = (window.promptLabSeen ??= new Set())
  const occasion = {json.dumps(f"{key} {occasion}")}
  if (seen.has(occasion)) return
  seen.add(occasion)
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const look = () => document.querySelector({json.dumps(f".st-key-{key}")})
    ?.scrollIntoView({{block: "nearest", behavior: calm ? "auto" : "smooth"}})
  requestAnimationFrame(look)
  // It grows for a moment, and what is above it may still be drawn
  for (const pause of [300, 900]) setTimeout(look, pause)
}})()"""
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
