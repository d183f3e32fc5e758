/** The dialog of keys, versions and licences. */
import { make } from "./elements.js"
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
  const rows = KEYS.map(([keys, text]) => {
    const cell = make("td", {}, ...keys.flatMap((key) => [make("kbd", {}, key), " "]))
    return make("tr", {}, cell, make("td", {}, say(text)))
  })
  const lines = (["keyDrag", "keyClick", "keyAddress"] as const).map((name) => make("p", {}, say(name)))
  const packages = "iTowns, three.js, 3d-tiles-renderer, flatgeobuf, geotiff.js, copc.js, proj4js"
  const about = make("p", {}, `maille ${version} · `, make("a", { href: "licences.txt" }, packages))
  const close = make("form", { method: "dialog" }, make("button", {}, say("close")))
  dialog.setAttribute("aria-label", say("help"))
  dialog.replaceChildren(make("table", {}, ...rows), ...lines, about, close)
}
