/** The dialog of keys, versions and licences. */
import { say, type TextName } from "./texts.js"

const KEYS: readonly (readonly [keys: readonly string[], text: TextName])[] = [
  [["←", "↑", "→", "↓"], "keyMove"],
  [["⇧ ←", "⇧ ↑", "⇧ →", "⇧ ↓"], "keyTurn"],
  [["+", "−"], "keyZoom"],
  [["Enter"], "keyAsk"],
  [["1", "…", "9"], "keyModes"],
  [["I"], "keyInfrared"],
  [["O"], "keyMesh"],
  [["B"], "borders"],
  [["V"], "keyView"],
  [["H"], "home"],
  [["N"], "north"],
  [["T"], "top"],
  [["G"], "street"],
  [["M"], "measure"],
  [["P"], "panel"],
  [["?"], "help"],
  [["Esc"], "keyEscape"],
]

/** Fills the dialog that tells keys and mouse, versions and licences. */
export const fillHelp = (dialog: HTMLDialogElement, version: string): void => {
  const table = document.createElement("table")
  for (const [keys, text] of KEYS) {
    const row = table.insertRow()
    const cell = row.insertCell()
    for (const key of keys) {
      const element = document.createElement("kbd")
      element.textContent = key
      cell.append(element, " ")
    }
    row.insertCell().textContent = say(text)
  }
  const lines = (["keyDrag", "keyClick", "keyAddress"] as const).map((name) => {
    const line = document.createElement("p")
    line.textContent = say(name)
    return line
  })
  const about = document.createElement("p")
  const licences = document.createElement("a")
  licences.href = "licences.txt"
  licences.textContent = "iTowns, three.js, 3d-tiles-renderer, flatgeobuf, geotiff.js, copc.js, proj4js"
  about.append(`maille ${version} · `, licences)
  const form = document.createElement("form")
  form.method = "dialog"
  const close = document.createElement("button")
  close.textContent = say("close")
  form.append(close)
  dialog.setAttribute("aria-label", say("help"))
  dialog.replaceChildren(table, ...lines, about, form)
}
