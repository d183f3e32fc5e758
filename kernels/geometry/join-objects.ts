/** Joins the object tables of several meshes into one; parts keep their ids and attributes. */
import type { Column, MeshObjects } from "../../engine/kernel.js"

/** A table with only the ground. */
export const groundObjects: MeshObjects = { ids: [""], classes: Uint8Array.of(2), columns: {} }

/**
 * One table of objects from several. Row 0 is the ground of all of them; the other rows follow
 * table by table. A value that a table lacks is NaN, or the empty text. All numbers are doubles,
 * since integers have no NaN.
 *
 * @returns the table, and for each input table the offset of its row numbers above 0
 */
export const joinObjects = (
  tables: readonly MeshObjects[],
): { readonly objects: MeshObjects; readonly offsets: readonly number[] } => {
  const offsets: number[] = []
  const [ids, classes] = [[""], [2]]
  for (const table of tables) {
    offsets.push(ids.length - 1)
    for (let row = 1; row < table.ids.length; row++) {
      ids.push(table.ids[row] as string)
      classes.push(table.classes[row] as number)
    }
  }
  const columns: Record<string, Column> = {}
  for (const name of [...new Set(tables.flatMap((table) => Object.keys(table.columns)))].sort())
    columns[name] = joinColumn(tables, name, ids.length, offsets)
  return { objects: { ids, classes: Uint8Array.from(classes), columns }, offsets }
}

const joinColumn = (tables: readonly MeshObjects[], name: string, rows: number, offsets: readonly number[]): Column => {
  const present = tables.map((table) => table.columns[name])
  if (present.some((column) => column?.type === "string")) {
    const values = Array.from({ length: rows }, () => "")
    present.forEach((column, t) => {
      for (let row = 1; column && row < column.values.length; row++)
        values[row + (offsets[t] as number)] = String(column.values[row])
    })
    return { type: "string", values }
  }
  const numbers = new Float64Array(rows).fill(Number.NaN)
  present.forEach((column, t) => {
    for (let row = 1; column && row < column.values.length; row++)
      numbers[row + (offsets[t] as number)] = Number(column.values[row])
  })
  return { type: "number", values: numbers }
}
