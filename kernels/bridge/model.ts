/** The kernel `mesh.bridge`: a closed slab for each bridge deck that the tile owns. */
import { boxOfRings, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { defineKernel, type Solids, type Tile } from "../../engine/kernel.js"
import { type Footprint, ownedObjects, sortedObjects } from "../handover/footprint/footprint.js"
import { decodePointSet, ownPoints, type PointSet } from "../handover/point-set.js"
import { type BodyRules, type DeckTop, deckTop } from "./body.js"

/**
 * Bridge decks as closed slabs: the decks that the tile owns, whole, even where they extend beyond
 * it.
 *
 * The top is the smooth surface of the class 17 points, an error-bounded TIN inside the outline
 * (`deckTop`). Railings, cars and lamps do not lift it. The underside is the top, `deckThickness`
 * lower, since nothing measures it; sides are vertical. Where ground at deck height adjoins its
 * end, the body extends into it. Each solid is closed, 2-manifold and oriented outwards.
 *
 * Does not separate decks above one another. Memory: 60 bytes a point of decks. Time: a fit of the
 * points within 4 m for every 4 m² of deck.
 */
export default defineKernel({
  id: "mesh.bridge",
  version: 1,
  summary: "Bridge decks as closed slabs above the ground",
  stages: ["model"],
  inputs: {
    "deck-surface-points": { kind: "points", classes: [17] },
    "deck-own": { kind: "blob" },
    "deck-object": { kind: "blob", mayBeEmpty: true },
    "deck-points": { kind: "blob", listed: true },
  },
  outputs: { "deck-body": { kind: "solids" }, "deck-quality": { kind: "metrics" } },
  options: {
    deckError: {
      type: "number",
      default: 0.1,
      unit: "m",
      min: 0.01,
      max: 5,
      help: "largest vertical distance between the mesh of a deck and its fitted surface",
    },
    deckThickness: {
      type: "number",
      default: 0.8,
      unit: "m",
      min: 0.1,
      max: 20,
      help: "assumed thickness of bridge decks; points do not show it",
    },
  },
  halo: () => 0,
  memory: ({ points }) => 60 * points + 16e6,
  run(tile, input, { deckError, deckThickness }) {
    const owned = sortedObjects(ownedObjects([input["deck-own"], input["deck-object"]], tile))
    const rules = { errorMm: 1000 * deckError, thicknessMm: Math.round(1000 * deckThickness) }
    const sets = [ownPoints(input["deck-surface-points"], tile.cell), ...input["deck-points"].map(decodePointSet)]
    const slabs: { deck: Footprint; top: DeckTop }[] = []
    for (const deck of owned) {
      const body = deck.members[0].rings
      const plan = deck.rings.map(({ xyz }) => xyz.filter((_, i) => i % 3 !== 2))
      const top = deckTop(body, plan, pointsInside(sets, body), rules)
      if (top) slabs.push({ deck, top })
    }
    return {
      "deck-body": buildSolids(slabs, tile, rules),
      "deck-quality": {
        decks: slabs.length,
        decksWithoutPoints: owned.length - slabs.length,
        deckTriangles: slabs.reduce((sum, { top }) => sum + top.triangles.length / 3, 0),
      },
    }
  },
})

const pointsInside = (
  sets: readonly PointSet[],
  rings: readonly Float64Array[],
): { x: Float64Array; y: Float64Array; z: Float64Array } => {
  const box = boxOfRings(rings)
  const [xs, ys, zs]: number[][] = [[], [], []]
  for (const { origin, x, y, z } of sets) {
    for (let i = 0; i < x.length; i++) {
      const [px, py] = [origin[0] + x[i], origin[1] + y[i]]
      if (px < box[0] || px > box[2] || py < box[1] || py > box[3] || !isInsideHalfOpen(rings, px, py)) continue
      xs.push(px)
      ys.push(py)
      zs.push(origin[2] + z[i])
    }
  }
  return { x: Float64Array.from(xs), y: Float64Array.from(ys), z: Float64Array.from(zs) }
}

/** Slabs as solids: the vertices of a top, then the same vertices lower by the thickness. */
const buildSolids = (
  slabs: readonly { readonly deck: Footprint; readonly top: DeckTop }[],
  tile: Tile,
  { thicknessMm }: BodyRules,
): Solids => {
  const origin = tile.origin.map((value) => Math.round(value * 1000))
  const positions: number[] = []
  const [ringVertices, ringEnds, faceKinds, solidEnds]: number[][] = [[], [], [], []]
  const face = (kind: number, ...vertices: number[]): void => {
    ringVertices.push(...vertices)
    ringEnds.push(ringVertices.length)
    faceKinds.push(kind)
  }
  for (const { top } of slabs) {
    const base = positions.length / 3
    const count = top.x.length
    for (const drop of [0, thicknessMm]) {
      for (let v = 0; v < count; v++)
        positions.push(top.x[v] - origin[0], top.y[v] - origin[1], top.z[v] - drop - origin[2])
    }
    for (let t = 0; t < top.triangles.length; t += 3) {
      const [a, b, c] = [base + top.triangles[t], base + top.triangles[t + 1], base + top.triangles[t + 2]]
      face(2, a, b, c)
      face(0, a + count, c + count, b + count)
    }
    for (let e = 0; e < top.border.length; e += 2) {
      const [a, b] = [base + top.border[e], base + top.border[e + 1]]
      face(1, b, a, a + count, b + count)
    }
    solidEnds.push(faceKinds.length)
  }
  const column = (name: string) =>
    ({ type: "number", values: Float64Array.from(slabs, ({ deck }) => deck.attributes[name] as number) }) as const
  return {
    origin: tile.origin,
    positions: Int32Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(ringEnds, (_, f) => f + 1),
    faceKinds: Uint8Array.from(faceKinds),
    solidEnds: Uint32Array.from(solidEnds),
    ids: slabs.map(({ deck }) => deck.id),
    classes: new Uint8Array(slabs.length).fill(17),
    anchors: Float64Array.from(slabs.flatMap(({ deck }) => deck.representative.map((mm) => mm / 1000))),
    columns: { area: column("area"), height_min: column("height_min"), height_max: column("height_max") },
  }
}
