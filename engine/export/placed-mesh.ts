/** Transforms the mesh of a tile into the CRS, with names and attributes of its objects. */
import { elementAt } from "../core/lists.js"
import type { JoinedContents } from "../formats/tiles3d/join-contents.js"
import type { Crs } from "../grid/crs.js"
import type { Geoid } from "../grid/geoid.js"
import type { MeshObjects } from "../kernel.js"

/** A mesh in the CRS, for programs without globes or tiles. */
export interface PlacedMesh {
  /** Add this to the positions: whole metres of the CRS and of the job's heights. */
  readonly offset: readonly [x: number, y: number, z: number]
  /** 3 · n, metres, whole millimetres: small enough for 32 bits. */
  readonly positions: Float64Array
  /** LiDAR class of each vertex. */
  readonly classes: Uint8Array
  /** 3 · m, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array
  /** LiDAR class of each triangle. */
  readonly faceClasses: Uint8Array
  /** Row in `objects` of each triangle; all 0 where the tile has no objects. */
  readonly owners: Uint32Array
  readonly objects: MeshObjects
}

/** The table of a mesh without objects: all of it is the ground. */
export const NO_OBJECTS: MeshObjects = { ids: [""], classes: Uint8Array.of(2), columns: {} }

/**
 * Transforms decoded contents into the CRS. Vertices at equal places merge, across faces and
 * contents.
 */
export const placeMesh = (
  { positions, triangles, classes, owners, objects }: JoinedContents,
  crs: Crs,
  geoid: Geoid,
  offset: readonly [x: number, y: number, z: number],
): PlacedMesh => {
  const known = new Map<string, number>()
  const places: number[] = []
  const codes: number[] = []
  const number = new Uint32Array(classes.length)
  for (let v = 0; v < classes.length; v++) {
    const [X, Y, Z] = [positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!]
    const name = `${X} ${Y} ${Z}`
    let vertex = known.get(name)
    if (vertex === undefined) {
      vertex = known.size
      known.set(name, vertex)
      const [x, y, z] = placeVertex([X, Y, Z], crs, geoid)
      places.push(millimetres(x - offset[0]), millimetres(y - offset[1]), millimetres(z - offset[2]))
      codes.push(classes[v]!)
    }
    number[v] = vertex
  }
  return {
    offset,
    positions: Float64Array.from(places),
    classes: Uint8Array.from(codes),
    triangles: triangles.map((v) => number[v]!),
    faceClasses: triangleClasses({ triangles, classes, owners, objects }),
    owners: owners ?? new Uint32Array(triangles.length / 3),
    objects: objects ?? NO_OBJECTS,
  }
}

/** A geocentric place in the CRS: x, y, and the height above the geoid. */
export const placeVertex = (
  [X, Y, Z]: readonly [X: number, Y: number, Z: number],
  crs: Crs,
  geoid: Geoid,
): [x: number, y: number, z: number] => {
  const [x, y, h] = crs.fromGeocentric(X, Y, Z)
  const [lon, lat] = crs.toGeographic(x, y)
  return [x, y, h - geoid.undulation(lon, lat)]
}

/** The class of each triangle: that of its object, or of its corners where there are none. */
export const triangleClasses = ({
  triangles,
  classes,
  owners,
  objects,
}: Pick<JoinedContents, "triangles" | "classes"> & {
  readonly owners?: Uint32Array | undefined
  readonly objects?: MeshObjects | undefined
}): Uint8Array =>
  Uint8Array.from(
    { length: triangles.length / 3 },
    (_, t) => objects?.classes[owners?.[t] ?? 0] ?? mostOf(classes, triangles, t),
  )

const millimetres = (value: number): number => Math.round(value * 1000) / 1000

/** The class of two corners, else that of the first. */
const mostOf = (classes: Uint8Array, triangles: Uint32Array, t: number): number => {
  const [a, b, c] = [0, 1, 2].map((k) => classes[triangles[3 * t + k]!]!) as [number, number, number]
  return b === c ? b : a
}

const KINDS: ReadonlyMap<number, string> = new Map([
  [2, "ground"],
  [5, "tree"],
  [6, "building"],
  [9, "water"],
  [17, "bridge"],
])

/** Column that marks cells of a canopy; single trees have none. */
const CANOPY_COLUMN = "canopy_area"

/** Name of an exported object: its kind and its id, without spaces. */
export const objectName = ({ ids, classes, columns }: MeshObjects, row: number): string => {
  const isCanopy = Number(columns[CANOPY_COLUMN]?.values[row] ?? Number.NaN) >= 0
  const kind = isCanopy ? "canopy" : (KINDS.get(classes[row]!) ?? `class${classes[row]}`)
  const id = elementAt(ids, row)
  return id === "" ? kind : `${kind}_${id.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_")}`
}

/**
 * Attributes of an object that have a value, as JSON, with its original id and class. These two
 * hide columns of the same names.
 */
export const objectFacts = ({ ids, classes, columns }: MeshObjects, row: number): string => {
  const values = Object.entries(columns)
    .map(([name, { values: column }]) => [name, column[row]] as const)
    .filter(([, value]) => value !== "" && !Number.isNaN(value))
  return JSON.stringify({ ...Object.fromEntries(values), id: ids[row], class: classes[row] })
}
