/**
 * Kernel `mesh.weld`: joins ground, buildings, decks and vegetation of a tile into one mesh and
 * counts its faults.
 */
import { defineKernel, type Mesh } from "../../engine/kernel.js"
import { joinMeshes, pickRows } from "../geometry/join-meshes.js"
import { meshFaults, weldOpenVertices } from "./mesh/seam.js"
import { meshOfSolids } from "./solid/faces.js"

/**
 * The model of a tile as one mesh: the ground without the parts under buildings, the buildings'
 * skins, deck bodies, crowns and canopy.
 *
 * Ground and skins share the rings of the buildings' outlines, vertex for vertex. Equal vertices
 * merge, and none moves. Decks and crowns are closed, a canopy is closed except at the tile's
 * border; they are only appended. A building belongs whole to the mesh of the tile that owns it.
 * Its walls may overhang the tile, where the neighbour's ground has the same ring as a hole.
 *
 * `openEdges`, `nonManifoldEdges`, `degenerate` and `duplicated` (faces) must be 0. Edges of one
 * face are allowed on the tile's border or beyond it, and where the input ground ends. They are
 * also allowed at the foot of a building whose skin the neighbour has. O(n log n) in the edges.
 */
export default defineKernel({
  id: "mesh.weld",
  version: 3,
  summary: "The mesh of a tile: ground, buildings, bridges and vegetation without gaps",
  stages: ["model"],
  inputs: {
    ground: { kind: "mesh" },
    skin: { kind: "mesh", optional: true },
    "deck-body": { kind: "solids", optional: true },
    crown: { kind: "mesh", optional: true },
    canopy: { kind: "mesh", optional: true },
  },
  outputs: {
    mesh: { kind: "mesh" },
    "mesh-quality": {
      kind: "metrics",
      // Faults of a welded mesh have no tolerance.
      thresholds: {
        openEdges: { meaning: "edges with only one face inside the mesh (holes)", warn: 0, fail: 0 },
        nonManifoldEdges: { meaning: "edges with more than two faces", warn: 0, fail: 0 },
        duplicated: { meaning: "duplicate faces", warn: 0, fail: 0 },
        degenerate: { meaning: "faces without area", warn: 0 },
      },
    },
  },
  options: {},
  halo: () => 0,
  // Ground: two triangles a vertex. Vertices, triangles, owners and sorted edge keys take about 150
  // bytes a vertex.
  memory: ({ areaM2 }) => 150 * 1.5 * areaM2 + 4e6,
  run(tile, input) {
    const { ground, skin, crown, canopy } = input
    const open = skin === undefined ? ground : withoutCovered(ground)
    const bodies = input["deck-body"] && meshOfSolids(input["deck-body"])
    const parts = [open, skin, bodies, crown, canopy].filter((part): part is Mesh => part !== undefined)
    const joined = { ...joinMeshes(parts.map(withoutUnusedObjects), ground.origin), maxError: 0 }
    const welded = weldOpenVertices(joined, vertexCount(open) + (skin === undefined ? 0 : vertexCount(skin)))
    const decks = ground.decks === undefined ? {} : { decks: ground.decks }
    const mesh = { ...welded, ...decks, maxError: ground.maxError }
    const side = Math.round((tile.cell[2] - tile.cell[0]) * 1000)
    const quality = {
      triangles: mesh.triangles.length / 3,
      vertices: mesh.classes.length,
      objects: (mesh.objects?.ids.length ?? 1) - 1,
      ...meshFaults(mesh, side, ground, foreignCover(ground, skin)),
    }
    return { mesh, "mesh-quality": quality }
  },
})

const vertexCount = (mesh: Mesh): number => mesh.classes.length

const BUILDING = 6

const withoutCovered = (ground: Mesh): Mesh => {
  const { owners, objects, triangles } = ground
  if (owners === undefined || objects === undefined) return ground
  let count = 0
  for (let t = 0; t < owners.length; t++) if (objects.classes[owners[t]] !== BUILDING) count++
  const open = { triangles: new Uint32Array(3 * count), owners: new Uint32Array(count) }
  let at = 0
  for (let t = 0; t < owners.length; t++) {
    if (objects.classes[owners[t]] === BUILDING) continue
    open.triangles.set(triangles.subarray(3 * t, 3 * t + 3), 3 * at)
    open.owners[at++] = owners[t]
  }
  return { ...ground, ...open }
}

/**
 * The ground under buildings whose skins belong to other tiles: its vertices may bound a hole here.
 */
const foreignCover = (ground: Mesh, skin: Mesh | undefined): Mesh => {
  const { owners, objects, triangles } = ground
  const own = new Set(skin?.objects?.ids)
  const foreign = objects?.ids.map((id, row) => objects.classes[row] === BUILDING && !own.has(id)) ?? []
  return { ...ground, triangles: triangles.filter((_, i) => foreign[owners?.[Math.floor(i / 3)] ?? 0] === true) }
}

/**
 * Removes table rows without triangles (buildings that the ground was cut for); the order remains.
 */
const withoutUnusedObjects = (mesh: Mesh): Mesh => {
  const { owners, objects } = mesh
  if (owners === undefined || objects === undefined) return mesh
  const used = new Uint8Array(objects.ids.length)
  used[0] = 1
  for (const row of owners) used[row] = 1
  const rows = [...used.keys()].filter((row) => used[row] === 1)
  if (rows.length === used.length) return mesh
  const numbers = new Uint32Array(used.length)
  rows.forEach((row, i) => {
    numbers[row] = i
  })
  return { ...mesh, owners: owners.map((row) => numbers[row]), objects: pickRows(objects, rows) }
}
