/** Assembles the finished blocks of a tile: their skins as one mesh, their solids as one table. */

import { columnsByName } from "../../../engine/core/feature-table.js"
import { elementAt } from "../../../engine/core/lists.js"
import type { Column, Mesh, Solids } from "../../../engine/kernel.js"
import type { Block } from "../block/block.js"
import type { BuiltBlock, BuiltSolid } from "./build-block.js"
import type { FlatSolid } from "./flat-roofs.js"
import type { Polyhedron } from "./polyhedron.js"

/** A row of the tables: a member of a block, or a block that is one building. Heights in metres. */
export interface BuildingRow {
  readonly id: string
  readonly values: Readonly<Record<string, number | string>>
}

/** Skin of a block, without its points, and a row for each of its members. */
export interface BlockSkin extends Pick<BuiltBlock, "block" | "roof" | "skin" | "triangles"> {
  readonly rows: readonly BuildingRow[]
}

/** Solids of a block, without its points, and a row for each of its members. */
export interface BlockSolids extends Pick<BuiltBlock, "block" | "solids"> {
  readonly rows: readonly BuildingRow[]
  readonly flat: readonly FlatSolid[]
}

/**
 * Skins of all blocks as one mesh. Row 0 of the objects is the ground, without triangles here; one
 * row a building follows.
 */
export const skinMesh = (blocks: readonly BlockSkin[], origin: Mesh["origin"]): Mesh => {
  const positions: number[] = []
  const triangles: number[] = []
  const owners: number[] = []
  let row = 1
  for (const { block, roof, skin, triangles: cut, rows } of blocks) {
    const first = positions.length / 3
    addPositions(positions, skin.positions.map(Math.round), block, origin)
    for (const [f, face] of skin.faces.entries()) {
      const owner = row + (roof.plan.member[face.part] ?? 0)
      for (const v of cut[f] ?? []) triangles.push(first + v)
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
      columns: makeColumns([ground, ...rows]),
    },
  }
}

/** Solids of all blocks, with the row of their building. */
export const tableSolids = (blocks: readonly BlockSolids[], origin: Solids["origin"]): Solids => {
  const placed = blocks.flatMap((one) => placeSolids(one, one.solids))
  return { ...flattenSolids(placed, origin), columns: makeColumns(placed.map(({ row }) => row)) }
}

/** Solids with flat roofs of all blocks; their only column is `lod`. */
export const tableFlatSolids = (blocks: readonly BlockSolids[], origin: Solids["origin"]): Solids => {
  const lods = blocks.flatMap(({ flat }) => flat.map(({ lod }) => lod))
  const placed = blocks.flatMap((one) => placeSolids(one, one.flat))
  return { ...flattenSolids(placed, origin), columns: { lod: { type: "string", values: lods } } }
}

const placeSolids = ({ block, rows }: BlockSolids, solids: readonly BuiltSolid[]): PlacedSolid[] =>
  solids.map(({ member, polyhedron }) => ({ block, polyhedron, row: elementAt(rows, member) }))

interface PlacedSolid {
  readonly block: Block
  readonly polyhedron: Polyhedron
  readonly row: BuildingRow
}

const flattenSolids = (solids: readonly PlacedSolid[], origin: Solids["origin"]): Omit<Solids, "columns"> => {
  const positions: number[] = []
  const [ringVertices, ringEnds, faceEnds, faceKinds, solidEnds]: number[][] = [[], [], [], [], []]
  for (const { block, polyhedron } of solids) {
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
  }
  return {
    origin,
    positions: Float64Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(faceEnds),
    faceKinds: Uint8Array.from(faceKinds),
    solidEnds: Uint32Array.from(solidEnds),
    ids: solids.map(({ row }) => row.id),
    classes: new Uint8Array(solids.length).fill(6),
    anchors: Float64Array.from(solids.flatMap(({ block }) => block.footprint.representative.map((mm) => mm / 1000))),
  }
}

/** Converts from the block's frame to the tile's. */
const addPositions = (out: number[], positions: readonly number[], block: Block, origin: Mesh["origin"]): void => {
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
  roof_points: { type: "integer" },
} as const

const makeColumns = (rows: readonly BuildingRow[]): Record<string, Column> =>
  columnsByName(
    columnTypes,
    rows.map(({ values }) => values),
  )
