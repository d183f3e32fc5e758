/**
 * Reduces a mesh's object table to the rows that triangles use, after meshes were joined or cut.
 */
import type { Column, MeshObjects } from "../../engine/kernel.js"

/**
 * The rows that triangles use, row 0 first and order unchanged, and the owners renumbered. Rows of
 * one id and class merge into the first of them. O(rows + triangles).
 */
export const keepRows = (objects: MeshObjects, owners: Uint32Array): { owners: Uint32Array; objects: MeshObjects } => {
  const used = new Uint8Array(objects.ids.length)
  used[0] = 1
  for (const row of owners) used[row] = 1
  const first = new Map<string, number>()
  const numbers = new Uint32Array(objects.ids.length)
  const kept: number[] = []
  objects.ids.forEach((id, row) => {
    if (used[row] === 0) return
    const key = `${objects.classes[row]} ${id}`
    const known = first.get(key)
    numbers[row] = known ?? kept.length
    if (known !== undefined) return
    first.set(key, kept.length)
    kept.push(row)
  })
  return { owners: owners.map((row) => numbers[row]), objects: pickRows(objects, kept) }
}

export const pickRows = ({ ids, classes, columns }: MeshObjects, rows: readonly number[]): MeshObjects => {
  const picked: Record<string, Column> = {}
  for (const [name, column] of Object.entries(columns)) {
    picked[name] =
      column.type === "string"
        ? { type: "string", values: rows.map((row) => column.values[row]!) }
        : { type: "number", values: Float64Array.from(rows, (row) => column.values[row]) }
  }
  return { ids: rows.map((row) => ids[row]!), classes: Uint8Array.from(rows, (row) => classes[row]), columns: picked }
}
