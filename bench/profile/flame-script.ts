/**
 * The script of a flame page: draws the frames of `#frames` into `#flame`, the callers above. Plain browser JavaScript, without outside resource: it is put into the
 * page as it stands.
 */
export const flameScript = `
(() => {
  const ROW = 18
  const root = JSON.parse(document.getElementById("frames").textContent)
  const flame = document.getElementById("flame")
  const told = document.getElementById("told")
  const find = document.getElementById("find")
  const found = document.getElementById("found")
  const whole = root[4]
  const depthOf = (node) => 1 + Math.max(0, ...node[5].map(depthOf))
  const tell = ([name, place, , own, total]) =>
    name + (place ? " (" + place + ")" : "") + ": " + total.toFixed(0) + " ms, " + ((100 * total) / whole).toFixed(1) +
    " % of all; itself " + own.toFixed(0) + " ms"
  let focus = [root]
  const draw = () => {
    const text = find.value.toLowerCase()
    const matches = (node) => (node[0] + " " + node[1]).toLowerCase().includes(text)
    const last = focus[focus.length - 1]
    const rows = focus.length - 1 + depthOf(last)
    const width = flame.clientWidth
    flame.style.height = rows * ROW + "px"
    flame.textContent = ""
    let hit = 0
    const put = (node, row, left, wide, chain) => {
      if (wide < 0.7) return
      const frame = document.createElement("div")
      frame.className = node[2] + (text && !matches(node) ? " dim" : "")
      frame.style.left = left + "px"
      frame.style.width = wide + "px"
      frame.style.top = row * ROW + "px"
      if (wide > 30) frame.textContent = node[0] + (wide > 170 ? "  " + node[1] : "")
      frame.title = tell(node)
      frame.onmouseenter = () => { told.textContent = tell(node) }
      frame.onclick = () => { focus = chain; draw() }
      flame.append(frame)
    }
    const spread = (node, row, left, wide, chain) => {
      put(node, row, left, wide, chain)
      let at = left
      for (const child of node[5]) {
        const share = (wide * child[4]) / (node[4] || 1)
        if (share >= 0.7) spread(child, row + 1, at, share, [...chain, child])
        at += share
      }
    }
    focus.slice(0, -1).forEach((node, row) => put(node, row, 0, width, focus.slice(0, row + 1)))
    spread(last, focus.length - 1, 0, width, focus)
    if (text) {
      const count = (node) => { if (matches(node)) hit += node[4]; else node[5].forEach(count) }
      count(root)
      found.textContent = ((100 * hit) / whole).toFixed(1) + " % of all"
    } else found.textContent = ""
  }
  find.oninput = draw
  window.onresize = draw
  draw()
})()
`
