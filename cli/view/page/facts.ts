/** Shows tables of facts in a box. */
import { make } from "./elements.js"
import { figure, say } from "./texts.js"

/** A headed table of names and values. */
export interface Facts {
  readonly title: string
  readonly rows: readonly (readonly [name: string, value: string])[]
}

/** Replaces the tables in the facts box; no tables hide it. */
export const showFacts = (box: HTMLElement, tables: readonly Facts[]): void => {
  const close = make("button", { type: "button", onclick: () => showFacts(box, []) }, "×")
  close.setAttribute("aria-label", say("close"))
  box.replaceChildren(...tables.flatMap(({ title, rows }) => [make("h2", {}, title), makeTable(rows)]), close)
  box.hidden = tables.length === 0
}

const makeTable = (rows: Facts["rows"]): HTMLElement =>
  make(
    "table",
    {},
    ...rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value))),
  )

/** Value of an attribute as text. */
export const textOf = (value: unknown): string => {
  if (typeof value === "boolean") return say(value ? "yes" : "no")
  return typeof value === "number" ? figure(value, 3, 0) : String(value)
}
