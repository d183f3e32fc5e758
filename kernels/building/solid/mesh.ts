/** Assembles the finished blocks of a tile: their skins as one mesh, their solids as one table. */
import type { Column, Mesh, Solids } from "../../../engine/kernel.js"
import { columnsOf } from "../../handover/columns.js"
import type { BuildingBlock } from "./block.js"
import type { BuiltBlock } from "./build-roof.js"

/** A row of the tables: a member of a block, or a block that is one building. Heights in metres. */
export interface BuildingRow {
  readonly id: string
  readonly values: Readonly<Record<string, number | string>>
}

/** A built block, with a row for each of its members. */
export interface FinishedBlock {
  readonly block: BuildingBlock
  readonly built: BuiltBlock
  readonly rows: readonly BuildingRow[]
}

/**
 * Skins of all blocks as one mesh. Row 0 of the objects is the ground, without triangles here; one
 * row a building follows.
 */
export const skinMesh = (blocks: readonly FinishedBlock[], origin: Mesh["origin"]): Mesh => {
  const positions: number[] = []
  const triangles: number[] = []
  const owners: number[] = []
  let row = 1
  for (const { block, built, rows } of blocks) {
    const first = positions.length / 3
    addPositions(positions, built.skin.positions.map(Math.round), block, origin)
    for (const [f, face] of built.skin.faces.entries()) {
      const owner = row + (built.roof.plan.member[face.part] ?? 0)
      for (const v of built.triangles[f] ?? []) triangles.push(first + v)
      while (owners.length < triangles.length / 3) owners.push(owner)
    }
    row += rows.length
  }
  const rows = blocks.flatMap((one) => one.rows)
  const ground: BuildingRow = { id: "", values: {} }
  return {
    origin,
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(positions.length / 3).fill(6),
    maxError: 0,
    owners: Uint32Array.from(owners),
    objects: {
      ids: [ground, ...rows].map(({ id }) => id),
      classes: Uint8Array.from([2, ...rows.map(() => 6)]),
      columns: valuesOf([ground, ...rows]),
    },
  }
}

/** Solids of all blocks, with the row of their building. */
export const solidsOf = (blocks: readonly FinishedBlock[], origin: Solids["origin"]): Solids => {
  const positions: number[] = []
  const [ringVertices, ringEnds, faceEnds, faceKinds, solidEnds]: number[][] = [[], [], [], [], []]
  const rows: BuildingRow[] = []
  const anchors: number[] = []
  for (const { block, built, rows: own } of blocks) {
    for (const { member, polyhedron } of built.solids) {
      const first = positions.length / 3
      addPositions(positions, polyhedron.positions, block, origin)
      for (const face of polyhedron.faces) {
        for (const ring of face.rings) {
          for (const v of ring) ringVertices.push(first + v)
          ringEnds.push(ringVertices.length)
        }
        faceEnds.push(ringEnds.length)
        faceKinds.push(face.kind)
      }
      solidEnds.push(faceEnds.length)
      rows.push(own[member] as BuildingRow)
      anchors.push(...block.object.representative.map((mm) => mm / 1000))
    }
  }
  return {
    origin,
    positions: Float64Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(faceEnds),
    faceKinds: Uint8Array.from(faceKinds),
    solidEnds: Uint32Array.from(solidEnds),
    ids: rows.map(({ id }) => id),
    classes: new Uint8Array(rows.length).fill(6),
    anchors: Float64Array.from(anchors),
    columns: valuesOf(rows),
  }
}

/** Converts from the block's frame to the tile's. */
const addPositions = (
  out: number[],
  positions: readonly number[],
  block: BuildingBlock,
  origin: Mesh["origin"],
): void => {
  const shift = [
    block.origin[0] - Math.round(origin[0] * 1000),
    block.origin[1] - Math.round(origin[1] * 1000),
    -Math.round(origin[2] * 1000),
  ]
  for (let i = 0; i < positions.length; i++) out.push(positions[i] + shift[i % 3])
}

/** Columns in the order of the tables. */
const columnTypes = {
  height_ground: { type: "number" },
  height_eaves: { type: "number" },
  height_70p: { type: "number" },
  height_ridge: { type: "number" },
  area: { type: "number" },
  volume: { type: "number" },
  lod: { type: "string" },
  detail: { type: "string" },
  reason: { type: "string" },
  planes: { type: "integer" },
  rmse: { type: "number" },
  points: { type: "integer" },
} as const

const valuesOf = (rows: readonly BuildingRow[]): Record<string, Column> =>
  columnsOf(
    columnTypes,
    rows.map(({ values }) => values),
  )
