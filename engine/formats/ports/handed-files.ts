/**
 * Encodes and decodes intermediate files of meshes, solids and painted walls, which a tile passes
 * to its parent.
 */
import { decodeBlob, encodeBlob } from "../../core/blob.js"
import { EngineError } from "../../errors.js"
import type { Column, Mesh, Solids, Texture, TextureChart } from "../../kernel.js"

const MARKS = { mesh: "MSH2", solids: "SLD2", walls: "WAL2" } as const

/**
 * Encodes a mesh without the outlines of decks. Owners and objects are included if there is an
 * object.
 */
export const encodeMeshFile = ({ owners, objects, decks: _, ...mesh }: Mesh): Uint8Array =>
  encodeBlob(MARKS.mesh, owners && objects && objects.ids.length > 0 ? { ...mesh, owners, objects } : mesh)

/**
 * Decodes a mesh.
 *
 * @throws EngineError E_FORMAT if the bytes are damaged, or refer to missing vertices or objects
 */
export const decodeMeshFile = (bytes: Uint8Array, file: string): Mesh => {
  const mesh = decodeBlob<Mesh>(MARKS.mesh, bytes.slice(), file)
  const { positions, triangles, classes, owners, objects } = mesh
  if (positions.length !== 3 * classes.length || triangles.some((vertex) => vertex >= classes.length))
    throw damaged(file, "a triangle has a vertex that is not there")
  if (owners === undefined || objects === undefined) return mesh
  const rows = objects.ids.length
  if (owners.length !== triangles.length / 3 || owners.some((row) => row >= rows) || !areRows(objects.columns, rows))
    throw damaged(file, "a triangle is of an object that is not there")
  return mesh
}

export const encodeSolidsFile = (solids: Solids): Uint8Array => encodeBlob(MARKS.solids, solids)

/**
 * Decodes solids.
 *
 * @throws EngineError E_FORMAT if the bytes are damaged, or refer to missing parts
 */
export const decodeSolidsFile = (bytes: Uint8Array, file: string): Solids => {
  const solids = decodeBlob<Solids>(MARKS.solids, bytes.slice(), file)
  const { positions, ringVertices, ringEnds, faceEnds, faceKinds, solidEnds, ids, columns } = solids
  const areWhole =
    isChain(ringEnds, ringVertices.length) &&
    isChain(faceEnds, ringEnds.length) &&
    isChain(solidEnds, faceEnds.length) &&
    faceKinds.length === faceEnds.length &&
    ids.length === solidEnds.length &&
    areRows(columns, ids.length)
  if (!areWhole || ringVertices.some((vertex) => 3 * vertex >= positions.length))
    throw damaged(file, "its rings, faces or solids are of parts that are not there")
  return solids
}

/**
 * Encodes painted walls: the charts of a texture, placed in the CRS, without faces, near infrared
 * and colours of faces.
 */
export const encodeWallsFile = ({ charts }: Pick<Texture, "charts">): Uint8Array =>
  encodeBlob(
    MARKS.walls,
    charts.map(({ origin, u, v, texel, width, height, data }) => ({ origin, u, v, texel, width, height, data })),
  )

/** Decodes painted walls. @throws EngineError E_FORMAT if the bytes are damaged */
export const decodeWallsFile = (bytes: Uint8Array, file: string): Texture => {
  const charts = decodeBlob<Omit<TextureChart, "faces">[]>(MARKS.walls, bytes.slice(), file)
  if (charts.some(({ width, height, data }) => data.length !== 4 * width * height))
    throw damaged(file, "a wall has other pixels than its size says")
  return { charts: charts.map((chart) => ({ faces: new Uint32Array(0), ...chart })), colours: new Uint32Array(0) }
}

/** True if every column has a value for each row. */
const areRows = (columns: Readonly<Record<string, Column>>, rows: number): boolean =>
  Object.values(columns).every(({ values }) => values.length === rows)

/** True if run ends never decrease and the last one is `count`. */
const isChain = (ends: Uint32Array, count: number): boolean =>
  (ends.at(-1) ?? 0) === count && ends.every((end, i) => i === 0 || end >= ends[i - 1]!)

const damaged = (file: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${found}; run again with --force`, { file })
