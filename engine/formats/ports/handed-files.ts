/**
 * Encodes and decodes intermediate files of meshes, solids and painted walls, which a tile passes
 * to its parent.
 */
import { decodeBlob, encodeBlob } from "../../core/blob.js"
import { concatenate } from "../../core/lists.js"
import { damaged, type EngineError } from "../../errors.js"
import type { Column, Mesh, Solids, Texture, TextureChart } from "../../kernel.js"

const MARKS = { mesh: "MSH2", solids: "SLD2", walls: "WAL3" } as const

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
  const { positions, triangles, owners, objects } = mesh
  const vertices = mesh.classes.length
  if (positions.length !== 3 * vertices || triangles.some((vertex) => vertex >= vertices))
    throw broken(file, "a triangle has a vertex outside its list")
  if (owners === undefined || objects === undefined) return mesh
  const rows = objects.ids.length
  if (owners.length !== triangles.length / 3 || owners.some((row) => row >= rows) || !areRows(objects.columns, rows))
    throw broken(file, "a triangle belongs to an object outside its list")
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
    throw broken(file, "its rings, faces or solids have parts outside their list")
  return solids
}

/** Painted walls by columns: far faster than an object each. */
interface Walls {
  /** Of each chart origin, u, v and texel: ten numbers. */
  readonly frames: Float64Array
  /** Of each chart width and height. */
  readonly sizes: Uint32Array
  /** RGBA of the charts, one after the other. */
  readonly pixels: Uint8Array
}

/**
 * Encodes painted walls: the charts of a texture, placed in the CRS, without faces, near infrared
 * and colours of faces.
 */
export const encodeWallsFile = ({ charts }: Pick<Texture, "charts">): Uint8Array => {
  const frames = new Float64Array(10 * charts.length)
  const sizes = new Uint32Array(2 * charts.length)
  for (const [k, { origin, u, v, texel, width, height }] of charts.entries()) {
    frames.set([...origin, ...u, ...v, texel], 10 * k)
    sizes.set([width, height], 2 * k)
  }
  const walls: Walls = {
    frames,
    sizes,
    pixels: concatenate(
      Uint8Array,
      charts.map(({ data }) => data),
    ),
  }
  return encodeBlob(MARKS.walls, walls)
}

/** Decodes painted walls. @throws EngineError E_FORMAT if the bytes are damaged */
export const decodeWallsFile = (bytes: Uint8Array, file: string): Texture => {
  const { frames, sizes, pixels } = decodeBlob<Walls>(MARKS.walls, bytes.slice(), file)
  const vector = (at: number): [number, number, number] => [frames[at]!, frames[at + 1]!, frames[at + 2]!]
  let end = 0
  const charts = Array.from({ length: sizes.length / 2 }, (_, k): TextureChart => {
    const [at, width, height] = [10 * k, sizes[2 * k]!, sizes[2 * k + 1]!]
    const begin = end
    end += 4 * width * height
    const data = pixels.subarray(begin, end)
    const frame = { origin: vector(at), u: vector(at + 3), v: vector(at + 6), texel: frames[at + 9]! }
    return { faces: new Uint32Array(0), ...frame, width, height, data }
  })
  if (end !== pixels.length || frames.length !== 10 * charts.length)
    throw broken(file, "the number of pixels of a wall differs from its size")
  return { charts, colours: new Uint32Array(0) }
}

/** True if every column has a value for each row. */
const areRows = (columns: Readonly<Record<string, Column>>, rows: number): boolean =>
  Object.values(columns).every(({ values }) => values.length === rows)

/** True if run ends never decrease and the last one is `count`. */
const isChain = (ends: Uint32Array, count: number): boolean =>
  (ends.at(-1) ?? 0) === count && ends.every((end, i) => i === 0 || end >= ends[i - 1]!)

const broken = (file: string, found: string): EngineError => damaged(file, found, "Run again with --force.")
