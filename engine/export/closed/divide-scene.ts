/** Divides the mesh of a scene into its surface and closed bodies. */
import type { Box2 } from "../../core/geometry/box.js"
import { disjointSets } from "../../core/geometry/disjoint-sets.js"
import { addToList } from "../../core/lists.js"
import type { PlacedMesh } from "../placed-mesh.js"
import { type OwnedMesh, pickFaces } from "./owned-mesh.js"

export const TREE = 5
export const DECK = 17
/** Classes of objects that are closed by themselves; all others form the surface. */
const SOLIDS: ReadonlySet<number> = new Set([TREE, DECK])

/**
 * The surface of a scene, and the closed bodies of its other objects. A tree has two bodies: crown
 * and trunk. Bodies outside the box are left out.
 */
export const divideScene = (
  mesh: PlacedMesh,
  withTrees: boolean,
  box: Box2 | undefined,
): { readonly surface: OwnedMesh; readonly bodies: readonly OwnedMesh[] } => {
  const { owners, objects } = mesh
  const facesOf = new Map<number, number[]>()
  const open: number[] = []
  for (let t = 0; t < owners.length; t++) {
    const row = owners[t]!
    const code = objects.classes[row]!
    if (!SOLIDS.has(code)) open.push(t)
    else if (withTrees || code !== TREE) addToList(facesOf, row, t)
  }
  const bodies = [...facesOf.values()].flatMap((faces) => findBodies(mesh, faces))
  return {
    surface: pickFaces(mesh, open),
    bodies: bodies.filter((faces) => overlaps(mesh, faces, box)).map((faces) => pickFaces(mesh, faces)),
  }
}

/** Faces connected by vertices. */
const findBodies = ({ triangles }: OwnedMesh, faces: readonly number[]): number[][] => {
  const sets = disjointSets<number>()
  for (const t of faces) for (const k of [1, 2]) sets.join(triangles[3 * t]!, triangles[3 * t + k]!)
  const bodies = new Map<number, number[]>()
  for (const t of faces) addToList(bodies, sets.find(triangles[3 * t]!), t)
  return [...bodies.values()]
}

const overlaps = ({ positions, triangles }: OwnedMesh, faces: readonly number[], box: Box2 | undefined): boolean =>
  box === undefined ||
  [0, 1].every((axis) => {
    const places = faces.flatMap((t) => [0, 1, 2].map((k) => positions[3 * triangles[3 * t + k]! + axis]!))
    return Math.min(...places) <= box[axis + 2]! && Math.max(...places) >= box[axis]!
  })
