/** Joins the contents of one tile into one mesh, for checks and export. */
import { makeColumn } from "../../core/feature-table.js"
import type { MeshObjects } from "../../kernel.js"
import type { DecodedGlb } from "./decode-glb.js"

/** The joined contents of one tile. */
export type JoinedContents = Pick<DecodedGlb, "positions" | "triangles" | "classes" | "step" | "owners" | "objects">

/**
 * Concatenates the contents of one tile into one mesh. Vertices where contents meet are not merged.
 * Objects of equal id and class become one row, the ground first.
 */
export const joinContents = (contents: readonly DecodedGlb[]): JoinedContents => {
  const [only] = contents
  if (contents.length === 1 && only !== undefined) return only
  const vertices = contents.reduce((sum, { classes }) => sum + classes.length, 0)
  const corners = contents.reduce((sum, { triangles }) => sum + triangles.length, 0)
  const positions = new Float64Array(3 * vertices)
  const classes = new Uint8Array(vertices)
  const triangles = new Uint32Array(corners)
  const owners = new Uint32Array(corners / 3)
  const rows = new Map<string, { from: MeshObjects; row: number; place: number }>()
  let [vertex, corner] = [0, 0]
  for (const content of contents) {
    positions.set(content.positions, 3 * vertex)
    classes.set(content.classes, vertex)
    for (let i = 0; i < content.triangles.length; i++) triangles[corner + i] = vertex + content.triangles[i]!
    const { objects, owners: own } = content
    if (objects !== undefined && own !== undefined) {
      const places = objects.ids.map((id, row) => {
        const name = `${objects.classes[row]} ${id}`
        const known = rows.get(name) ?? { from: objects, row, place: rows.size }
        rows.set(name, known)
        return known.place
      })
      for (let i = 0; i < own.length; i++) owners[corner / 3 + i] = places[own[i]!]!
    }
    vertex += content.classes.length
    corner += content.triangles.length
  }
  const joined = { positions, classes, triangles, step: only?.step ?? 0 }
  return rows.size === 0 ? joined : { ...joined, owners, objects: joinObjects([...rows.values()]) }
}

const joinObjects = (rows: readonly { from: MeshObjects; row: number }[]): MeshObjects => {
  const [first] = rows
  return {
    ids: rows.map(({ from, row }) => from.ids[row]!),
    classes: Uint8Array.from(rows, ({ from, row }) => from.classes[row]!),
    columns: Object.fromEntries(
      Object.entries(first?.from.columns ?? {}).map(([name, { type }]) => [
        name,
        makeColumn(
          type,
          rows.map(({ from, row }) => from.columns[name]?.values[row]),
        ),
      ]),
    ),
  }
}
