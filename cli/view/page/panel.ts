/** The panel of settings. */
import type { OutputDescription } from "../describe-output.js"
import { make } from "./elements.js"
import { productName } from "./names.js"
import { infraredModes, meshModes, type State } from "./state.js"
import { say, type TextName } from "./texts.js"

/** Actions of the panel's buttons. */
export type Action = "home" | "north" | "top" | "street" | "measure" | "help" | "language"

export interface Panel {
  /** Sets every control to the state. */
  show(state: State, measuring: boolean): void
  /** Element for the key to the colours. */
  readonly key: HTMLElement
}

/** Builds the panel. It calls `change` with new settings and `act` with the pressed button. */
export const buildPanel = (
  box: HTMLElement,
  description: OutputDescription,
  change: (part: Partial<State>) => void,
  act: (action: Action) => void,
): Panel => {
  const key = make("div", { id: "key" })
  const views = radios("view", ["globe", "plane"], (view) => change({ view }))
  const modes = meshModes.filter((name) => description.hasInfrared || !infraredModes.includes(name))
  const mode = select(
    "mode",
    modes.map((name) => [name, say(name)]),
    (value) => change({ mode: meshModes.find((name) => name === value) ?? "texture" }),
  )
  const rasters = description.rasters.map((name): [string, string] => [name, productName(name)])
  const raster = select("raster", [["", say("none")], ...rasters], (value) => change({ raster: value }))
  const flag = (name: "mesh" | "borders" | "shade" | "points"): Check =>
    checkbox(name, say(name), (on) => change({ [name]: on }))
  const [mesh, borders, shade, points] = [flag("mesh"), flag("borders"), flag("shade"), flag("points")]
  const vectors = description.vectors.map((name) =>
    checkbox(`vector-${name}`, productName(name), () => {
      change({ vectors: description.vectors.filter((_, i) => vectors[i]?.input.checked) })
    }),
  )
  const sliders = [
    slider("detail", 1, 32, " px", (detail) => change({ detail })),
    slider("sunAzimuth", 0, 360, "°", (sunAzimuth) => change({ sunAzimuth })),
    slider("sunHeight", 5, 90, "°", (sunHeight) => change({ sunHeight })),
  ]
  const actions = buttons(act)
  const globeOnly = group("colour", mesh.label, labelled("as", mode), borders.label)
  const planeOnly = group("raster", labelled("show", raster), ...(description.points.length > 0 ? [points.label] : []))
  box.setAttribute("aria-label", say("panel"))
  box.replaceChildren(
    make("h1", {}, "maille"),
    group("view", ...views.map(({ label }) => label)),
    globeOnly,
    planeOnly,
    key,
    ...(vectors.length === 0 ? [] : [group("layers", ...vectors.map(({ label }) => label))]),
    group("light", shade.label, ...sliders.map(({ label }) => label)),
    actions.box,
  )
  const show = (state: State, measuring: boolean): void => {
    for (const { input } of views) input.checked = input.value === state.view
    globeOnly.hidden = state.view !== "globe"
    planeOnly.hidden = state.view !== "plane"
    mode.value = state.mode
    raster.value = state.raster
    mesh.input.checked = state.mesh
    borders.input.checked = state.borders
    shade.input.checked = state.shade
    points.input.checked = state.points
    for (const [i, { input }] of vectors.entries()) input.checked = state.vectors.includes(description.vectors[i] ?? "")
    for (const one of sliders) one.set(state[one.name])
    actions.measure.setAttribute("aria-pressed", String(measuring))
  }
  return { show, key }
}

interface Check {
  readonly label: HTMLLabelElement
  readonly input: HTMLInputElement
}

const group = (name: TextName, ...content: HTMLElement[]): HTMLFieldSetElement =>
  make("fieldset", {}, make("legend", {}, say(name)), ...content)

const labelled = (name: TextName, ...controls: HTMLElement[]): HTMLLabelElement =>
  make("label", {}, say(name), ...controls)

const inputOf = (text: string, properties: Partial<HTMLInputElement>): Check => {
  const input = make("input", properties)
  return { label: make("label", {}, input, text), input }
}

const checkbox = (id: string, text: string, set: (on: boolean) => void): Check => {
  const made = inputOf(text, { type: "checkbox", id, onchange: () => set(made.input.checked) })
  return made
}

const radios = <T extends TextName & string>(name: string, values: readonly T[], set: (value: T) => void): Check[] =>
  values.map((value) =>
    inputOf(say(value), { type: "radio", id: `${name}-${value}`, name, value, onchange: () => set(value) }),
  )

const select = (
  id: string,
  options: readonly (readonly [value: string, text: string])[],
  set: (value: string) => void,
): HTMLSelectElement => {
  const entries = options.map(([value, text]) => new Option(text, value))
  const made = make("select", { id, onchange: () => set(made.value) }, ...entries)
  return made
}

const slider = <T extends "detail" | "sunAzimuth" | "sunHeight">(
  name: T,
  min: number,
  max: number,
  unit: string,
  set: (value: number) => void,
): { name: T; label: HTMLLabelElement; set: (value: number) => void } => {
  const input = make("input", { type: "range", id: name, min: String(min), max: String(max), step: "1" })
  const output = make("output")
  const show = (value: number): void => {
    input.value = String(value)
    const text = `${Math.round(value)}${unit}`
    // The panel is filled several times a second: an equal text would draw the page anew each time.
    if (output.textContent !== text) output.textContent = text
  }
  input.addEventListener("input", () => {
    show(Number(input.value))
    set(Number(input.value))
  })
  return { name, label: labelled(name, input, output), set: show }
}

const buttons = (act: (action: Action) => void): { box: HTMLElement; measure: HTMLButtonElement } => {
  const button = (name: Action, id: string, text: string): HTMLButtonElement =>
    make("button", { type: "button", id, onclick: () => act(name) }, text)
  const [measure, help] = [button("measure", "measure", say("measure")), button("help", "keys", say("help"))]
  const moves = (["home", "north", "top", "street"] as const).map((name) => button(name, name, say(name)))
  const [lang, text] = document.documentElement.lang === "fr" ? ["en", "English"] : ["fr", "Français"]
  const language = Object.assign(button("language", "language", text), { lang })
  return { box: make("div", { className: "buttons" }, ...moves, measure, help, language), measure }
}
