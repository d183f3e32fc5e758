/** Joins meshes and their object tables without welding, and keeps what is used. */

import { turn } from "../../engine/core/geometry/segments.js"
import { elementAt } from "../../engine/core/lists.js"
import type { Column, Mesh, MeshObjects } from "../../engine/kernel.js"

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
  const chosen: number[] = []
  objects.ids.forEach((id, row) => {
    if (used[row] === 0) return
    const key = `${objects.classes[row]} ${id}`
    const known = first.get(key)
    numbers[row] = known ?? chosen.length
    if (known !== undefined) return
    first.set(key, chosen.length)
    chosen.push(row)
  })
  return { owners: owners.map((row) => numbers[row]), objects: pickRows(objects, chosen) }
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

/**
 * Joins meshes over all their vertices in the given frame, with one table of objects and the
 * largest `maxError`. O(n).
 */
export const joinMeshes = (
  meshes: readonly Mesh[],
  origin: Mesh["origin"],
): Mesh & Required<Pick<Mesh, "owners" | "objects">> => {
  const vertices = meshes.reduce((sum, mesh) => sum + mesh.classes.length, 0)
  const faces = meshes.reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0)
  const positions = new Int32Array(3 * vertices)
  const classes = new Uint8Array(vertices)
  const triangles = new Uint32Array(3 * faces)
  const owners = new Uint32Array(faces)
  const { objects, offsets } = joinObjects(meshes.map((mesh) => mesh.objects ?? groundObjects))
  let [vertex, face] = [0, 0]
  meshes.forEach((mesh, m) => {
    const shift = [0, 1, 2].map((axis) => Math.round((mesh.origin[axis]! - origin[axis]!) * 1000))
    for (let i = 0; i < mesh.positions.length; i++) positions[3 * vertex + i] = mesh.positions[i] + shift[i % 3]!
    classes.set(mesh.classes, vertex)
    for (let i = 0; i < mesh.triangles.length; i++) triangles[3 * face + i] = mesh.triangles[i] + vertex
    for (let t = 0; t < mesh.triangles.length / 3; t++) {
      const row = mesh.owners?.[t] ?? 0
      owners[face + t] = row === 0 ? 0 : row + offsets[m]!
    }
    vertex += mesh.classes.length
    face += mesh.triangles.length / 3
  })
  const maxError = Math.max(...meshes.map((mesh) => mesh.maxError))
  return { origin, positions, triangles, classes, maxError, owners, objects }
}

/** Joins meshes in the frame of the first; table rows without a triangle are dropped. O(n). */
export const sideBySide = (meshes: readonly Mesh[]): Mesh => {
  const joined = joinMeshes(meshes, elementAt(meshes, 0).origin)
  return { ...joined, ...keepRows(joined.objects, joined.owners) }
}

/**
 * The vertices that triangles use, in order, and the triangles renumbered to those. O(vertices +
 * triangles).
 */
export const usedVertices = (
  triangles: Uint32Array,
  vertexCount: number,
): { readonly used: Uint32Array; readonly renumbered: Uint32Array } => {
  const isUsed = new Uint8Array(vertexCount)
  for (const v of triangles) isUsed[v] = 1
  const numbers = new Uint32Array(vertexCount)
  let count = 0
  for (let v = 0; v < vertexCount; v++) if (isUsed[v] === 1) numbers[v] = count++
  const used = new Uint32Array(count)
  for (let v = 0; v < vertexCount; v++) if (isUsed[v] === 1) used[numbers[v]] = v
  return { used, renumbered: triangles.map((v) => numbers[v]) }
}

/** A mesh without triangles, with only the row of the ground. */
export const emptyMesh = (origin: Mesh["origin"]): Required<Omit<Mesh, "decks">> => ({
  origin,
  positions: new Int32Array(0),
  triangles: new Uint32Array(0),
  classes: new Uint8Array(0),
  maxError: 0,
  owners: new Uint32Array(0),
  objects: groundObjects,
})

/** Area of a mesh in plan, m²; faces that look down count as negative. */
export const planArea = ({ positions: p, triangles }: Mesh): number => {
  let doubled = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    doubled += turn(p[a], p[a + 1], p[b], p[b + 1], p[c], p[c + 1])
  }
  return doubled / 2e6
}
