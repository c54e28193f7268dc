"""How a jaxpr becomes JavaScript; `dl_workshop.javascript` is the way in."""
