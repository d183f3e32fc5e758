/** Exact union and clipping of closed meshes. */
// The entry's own types name files without extensions, which Node.js does not resolve.
import type * as Types from "manifold-3d/manifold-encapsulated-types.js"
import type { Box2 } from "../../core/geometry/box.js"
import type { OwnedMesh } from "./owned-mesh.js"

type Library = Pick<typeof Types, "Manifold" | "Mesh" | "triangulate">

/** Vertices and triangles move by at most so much when small ones are removed, metres. */
export const SIMPLER = 0.01

/** Operations on solids, once the library is loaded. */
export interface SolidLibrary {
  readonly triangulate: (polygons: [number, number][][]) => [number, number, number][]
  /**
   * The union of closed meshes above a base, inside a box if there is one, without details below
   * 1 cm. Faces of the cut have owner 0. Coordinates are rounded to 32-bit floats.
   *
   * @param rows number of rows that owners refer to
   */
  readonly unite: (meshes: readonly OwnedMesh[], rows: number, base: number, box?: Box2) => UnitedMesh
}
export interface UnitedMesh extends OwnedMesh {
  readonly volumeM3: number
}

/** Loads the library: 0.6 MB of WebAssembly. */
export const loadSolids = async (): Promise<SolidLibrary> => {
  const { default: load } = await import("manifold-3d")
  const loaded = await load()
  loaded.setup()
  const library: Library = loaded
  return {
    triangulate: (polygons) => library.triangulate(polygons) as [number, number, number][],
    unite: (meshes, rows, base, box) => unite(library, meshes, rows, base, box),
  }
}

const unite = (
  { Manifold, Mesh }: Library,
  meshes: readonly OwnedMesh[],
  rows: number,
  base: number,
  box: Box2 | undefined,
): UnitedMesh => {
  const firstId = Manifold.reserveIDs(rows)
  const solids = meshes.map((mesh) => new Manifold(new Mesh(withRuns(mesh, firstId))))
  let whole: Types.Manifold = Manifold.union(solids)
  if (box !== undefined) {
    const { min, max } = whole.boundingBox()
    const height = max[2] - min[2] + 2
    const around = Manifold.cube([box[2] - box[0], box[3] - box[1], height])
    whole = Manifold.intersection(whole, around.translate([box[0], box[1], min[2] - 1]))
  }
  // A canopy may reach below the base.
  if (whole.boundingBox().min[2] < base) whole = whole.trimByPlane([0, 0, 1], base)
  const simple = whole.simplify(SIMPLER)
  const { vertProperties, triVerts, runIndex, runOriginalID, numProp, mergeFromVert, mergeToVert } = simple.getMesh()
  const volumeM3 = simple.volume()
  for (const solid of [...solids, whole, simple]) solid.delete()
  const same = Uint32Array.from({ length: vertProperties.length / numProp }, (_, v) => v)
  mergeFromVert.forEach((from, k) => {
    same[from] = mergeToVert[k]!
  })
  const owners = new Uint32Array(triVerts.length / 3)
  runOriginalID.forEach((id, run) => {
    const row = id - firstId
    owners.fill(row >= 0 && row < rows ? row : 0, runIndex[run]! / 3, runIndex[run + 1]! / 3)
  })
  const positions = new Float64Array(3 * same.length)
  for (let v = 0; v < same.length; v++)
    for (let axis = 0; axis < 3; axis++) positions[3 * v + axis] = vertProperties[numProp * v + axis]!
  return { positions, triangles: triVerts.map((v) => same[v]!), owners, volumeM3 }
}

/** A mesh in the library's form: triangles sorted by owner, a run of triangles per owner. */
const withRuns = ({ positions, triangles, owners }: OwnedMesh, firstId: number) => {
  const order = Uint32Array.from(owners.keys()).sort((a, b) => owners[a]! - owners[b]! || a - b)
  const triVerts = Uint32Array.from(
    { length: triangles.length },
    (_, i) => triangles[3 * order[Math.floor(i / 3)]! + (i % 3)]!,
  )
  const starts = [...order.keys()].filter((i) => i === 0 || owners[order[i]!] !== owners[order[i - 1]!])
  return {
    numProp: 3,
    vertProperties: Float32Array.from(positions),
    triVerts,
    runIndex: Uint32Array.from([...starts.map((i) => 3 * i), triangles.length]),
    runOriginalID: Uint32Array.from(starts, (i) => firstId + owners[order[i]!]!),
  }
}
