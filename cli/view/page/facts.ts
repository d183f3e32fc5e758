/** Shows tables of facts in a box. */
import { say } from "./texts.js"

/** A headed table of names and values. */
export interface Facts {
  readonly title: string
  readonly rows: readonly (readonly [name: string, value: string])[]
}

/** Shows tables in the box of facts, in place of what it shows; none: hides it. */
export const showFacts = (box: HTMLElement, tables: readonly Facts[]): void => {
  const close = document.createElement("button")
  close.type = "button"
  close.textContent = "×"
  close.setAttribute("aria-label", say("close"))
  close.addEventListener("click", () => showFacts(box, []))
  box.replaceChildren(...tables.flatMap(({ title, rows }) => [heading(title), tableOf(rows)]), close)
  box.hidden = tables.length === 0
}

const heading = (text: string): HTMLElement => {
  const element = document.createElement("h2")
  element.textContent = text
  return element
}

const tableOf = (rows: Facts["rows"]): HTMLElement => {
  const table = document.createElement("table")
  for (const [name, value] of rows) {
    const row = table.insertRow()
    const head = document.createElement("th")
    head.scope = "row"
    head.textContent = name
    row.append(head)
    row.insertCell().textContent = value
  }
  return table
}

/** Attributes of a feature as text. */
export const textOf = (value: unknown): string =>
  typeof value === "number" ? String(Math.round(value * 1000) / 1000) : String(value)
