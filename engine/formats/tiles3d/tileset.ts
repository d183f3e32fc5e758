/**
 * Encodes a tileset: the tree of tiles with transforms, boxes and geometric errors (3D Tiles 1.1).
 */
import { axesOf, boxAround, cornersOf, type OrientedBox } from "./bounding-box.js"

type Vector = readonly [x: number, y: number, z: number]

/** A tile of the tree. */
export interface TileNode {
  /** Content relative to the tileset's file: a `.glb`, or another tileset (`.json`; then `children` must be empty). */
  readonly uri?: string
  /** Metres, measured: what is missing where this tile is shown. */
  readonly geometricError: number
  /** Geocentric origin of the content and of `box`, on the lattice; absent: that of the first descendant that has one. */
  readonly centre?: Vector
  /** Box of the content (see `boundingBox`); absent where the tile has none of its own. */
  readonly box?: OrientedBox
  readonly children: readonly TileNode[]
}

/** Below this the lattice itself (1/256 m and up) is no longer small against a parent's error. */
const LEAST_PARENT_ERROR = 1 / 16

/**
 * A 3D Tiles 1.1 `tileset.json`: explicit tree, refinement by replacement. Each transform puts its content's centre in
 * place, in doubles, relative to the parent's. A tile's box holds its own content and its descendants' boxes; its
 * geometric error is its own, raised where needed above its children's (never below 1/16 m for a tile with children).
 *
 * @param options.within centre of the tile that refers to this file, where it is nested in another tileset
 */
export const encodeTileset = (
  root: TileNode,
  options: {
    readonly copyright: string
    readonly generator: string
    readonly extras?: Readonly<Record<string, unknown>>
    /** `asset.tilesetVersion`: changes with the contents below. */
    readonly tilesetVersion?: string
    readonly within?: Vector
    /** Names of extensions that a viewer must know. */
    readonly required?: readonly string[]
  },
): string => {
  const tile = tileOf(root, options.within ?? [0, 0, 0])
  const document = {
    asset: {
      version: "1.1",
      ...(options.tilesetVersion === undefined ? {} : { tilesetVersion: options.tilesetVersion }),
      extras: { ...options.extras, copyright: options.copyright, generator: options.generator },
    },
    ...(options.required === undefined
      ? {}
      : { extensionsUsed: options.required, extensionsRequired: options.required }),
    // Not shown at all, the scene misses what is as large as itself.
    geometricError: Math.max(2 * tile.geometricError, ...halvesOf(tile.box)),
    root: { ...tile.json, refine: "REPLACE" },
  }
  return `${JSON.stringify(document)}\n`
}

/** Place, box and geometric error of a subtree, as another tileset that refers to it must state them. */
export const summariseNode = (node: TileNode): Required<Pick<TileNode, "centre" | "box" | "geometricError">> => {
  const { centre, box, geometricError } = tileOf(node, [0, 0, 0])
  return { centre, box, geometricError }
}

interface EncodedTile {
  readonly json: Readonly<Record<string, unknown>>
  readonly centre: Vector
  readonly box: OrientedBox
  readonly geometricError: number
}

const tileOf = (node: TileNode, within: Vector): EncodedTile => {
  const centre = centreOf(node) ?? within
  const children = node.children.map((child) => tileOf(child, centre))
  const box = boxOf(node, centre, children)
  const offset = difference(centre, within)
  const worst = children.reduce((most, child) => Math.max(most, child.geometricError), 0)
  // Without a content of its own a tile must not be where a viewer stops: what is missing then is as large as itself.
  const own = node.uri === undefined && children.length > 0 ? Math.max(...halvesOf(box)) : node.geometricError
  const geometricError = children.length === 0 ? own : Math.max(own, LEAST_PARENT_ERROR, worst * 1.01)
  const json = {
    ...(offset.some((value) => value !== 0) ? { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, ...offset, 1] } : {}),
    boundingVolume: { box },
    geometricError,
    ...(node.uri === undefined ? {} : { content: { uri: node.uri } }),
    ...(children.length === 0 ? {} : { children: children.map((child) => child.json) }),
  }
  return { json, centre, box, geometricError }
}

const halvesOf = (box: OrientedBox): number[] => [3, 6, 9].map((at) => Math.hypot(...box.slice(at, at + 3)))

const centreOf = (node: TileNode): Vector | undefined => {
  if (node.centre !== undefined) return node.centre
  for (const child of node.children) {
    const centre = centreOf(child)
    if (centre !== undefined) return centre
  }
  return undefined
}

const boxOf = (node: TileNode, centre: Vector, children: readonly EncodedTile[]): OrientedBox => {
  if (children.length === 0) return node.box ?? [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
  const corners = node.box === undefined ? [] : cornersOf(node.box, [0, 0, 0])
  for (const child of children) corners.push(...cornersOf(child.box, difference(child.centre, centre)))
  return boxAround(corners, axesOf(node.box ?? children[0]!.box), 1e-3)
}

const difference = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
