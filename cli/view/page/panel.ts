/** The panel of settings. */
import type { OutputDescription } from "../describe-output.js"
import { infraredModes, meshModes, type State } from "./state.js"
import { say, type TextName } from "./texts.js"

/** What the panel's buttons do. */
export type Action = "home" | "north" | "top" | "street" | "measure" | "help" | "language"

/** The panel of settings. */
export interface Panel {
  /** Sets every control to the state. */
  show(state: State, measuring: boolean): void
  /** Where the key to the colours goes. */
  readonly key: HTMLElement
}

/** Builds the panel; `change` is told what a person sets, `act` which button was pressed. */
export const buildPanel = (
  box: HTMLElement,
  description: OutputDescription,
  change: (part: Partial<State>) => void,
  act: (action: Action) => void,
): Panel => {
  const key = document.createElement("div")
  key.id = "key"
  const views = radios("view", ["globe", "plane"], (view) => change({ view }))
  const mode = select(
    meshModes
      .filter((name) => description.hasInfrared || !infraredModes.includes(name))
      .map((name) => [name, say(name)]),
    (value) => {
      change({ mode: meshModes.find((name) => name === value) ?? "texture" })
    },
  )
  mode.id = "mode"
  const raster = select(
    [["", say("none")], ...description.rasters.map((name): [string, string] => [name, name])],
    (value) => change({ raster: value }),
  )
  raster.id = "raster"
  const flags = (["mesh", "borders", "shade", "points"] as const).map((name) =>
    checkbox(name, say(name), (on) => change({ [name]: on })),
  )
  const [mesh, borders, shade, points] = flags as [Check, Check, Check, Check]
  const vectors = description.vectors.map((name) =>
    checkbox(`vector-${name}`, name, () => {
      change({ vectors: description.vectors.filter((_, i) => vectors[i]?.input.checked) })
    }),
  )
  const sliders = [
    slider("detail", 1, 32, " px", (detail) => change({ detail })),
    slider("sunAzimuth", 0, 360, "°", (sunAzimuth) => change({ sunAzimuth })),
    slider("sunHeight", 5, 90, "°", (sunHeight) => change({ sunHeight })),
  ]
  const actions = buttons(act)
  const heading = document.createElement("h1")
  heading.textContent = "maille"
  const globeOnly = group("colour", mesh.label, labelled("as", mode), borders.label)
  const planeOnly = group("raster", labelled("show", raster), ...(description.points.length > 0 ? [points.label] : []))
  box.setAttribute("aria-label", say("panel"))
  box.replaceChildren(
    heading,
    group("view", ...views.map(({ label }) => label)),
    globeOnly,
    planeOnly,
    key,
    ...(vectors.length === 0 ? [] : [group("layers", ...vectors.map(({ label }) => label))]),
    group("shade", shade.label, ...sliders.map(({ label }) => label)),
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

const group = (name: TextName, ...content: HTMLElement[]): HTMLFieldSetElement => {
  const box = document.createElement("fieldset")
  const legend = document.createElement("legend")
  legend.textContent = say(name)
  box.append(legend, ...content)
  return box
}

const labelled = (name: TextName, control: HTMLElement): HTMLLabelElement => {
  const label = document.createElement("label")
  label.append(say(name), control)
  return label
}

const inputOf = (type: string, id: string, text: string): Check => {
  const input = document.createElement("input")
  input.type = type
  input.id = id
  const label = document.createElement("label")
  label.append(input, text)
  return { label, input }
}

const checkbox = (id: string, text: string, set: (on: boolean) => void): Check => {
  const made = inputOf("checkbox", id, text)
  made.input.addEventListener("change", () => set(made.input.checked))
  return made
}

const radios = <T extends TextName & string>(name: string, values: readonly T[], set: (value: T) => void): Check[] =>
  values.map((value) => {
    const made = inputOf("radio", `${name}-${value}`, say(value))
    made.input.name = name
    made.input.value = value
    made.input.addEventListener("change", () => set(value))
    return made
  })

const select = (
  options: readonly (readonly [value: string, text: string])[],
  set: (value: string) => void,
): HTMLSelectElement => {
  const made = document.createElement("select")
  for (const [value, text] of options) made.add(new Option(text, value))
  made.addEventListener("change", () => set(made.value))
  return made
}

const slider = <T extends "detail" | "sunAzimuth" | "sunHeight">(
  name: T,
  min: number,
  max: number,
  unit: string,
  set: (value: number) => void,
): { name: T; label: HTMLLabelElement; set: (value: number) => void } => {
  const input = document.createElement("input")
  Object.assign(input, { type: "range", id: name, min: String(min), max: String(max), step: "1" })
  const output = document.createElement("output")
  const label = document.createElement("label")
  label.append(say(name), input, output)
  const show = (value: number): void => {
    input.value = String(value)
    output.textContent = `${Math.round(value)}${unit}`
  }
  input.addEventListener("input", () => {
    show(Number(input.value))
    set(Number(input.value))
  })
  return { name, label, set: show }
}

const buttons = (act: (action: Action) => void): { box: HTMLElement; measure: HTMLButtonElement } => {
  const box = document.createElement("div")
  box.className = "buttons"
  const made = (["home", "north", "top", "street", "measure", "help"] as const).map((name) => {
    const button = document.createElement("button")
    button.type = "button"
    button.id = name === "help" ? "keys" : name
    button.textContent = say(name)
    button.addEventListener("click", () => act(name))
    return button
  })
  const language = document.createElement("button")
  language.type = "button"
  language.id = "language"
  const other = document.documentElement.lang === "fr" ? "en" : "fr"
  language.lang = other
  language.textContent = other === "fr" ? "Français" : "English"
  language.addEventListener("click", () => act("language"))
  box.append(...made, language)
  return { box, measure: made[4] as HTMLButtonElement }
}
