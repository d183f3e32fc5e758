/**
 * Encodes a tileset: the tree of tiles with transforms, boxes and geometric errors (3D Tiles 1.1).
 */
import { axesOf, boxAround, listCorners, type OrientedBox } from "./tile-frame.js"

type Vector = readonly [x: number, y: number, z: number]

/** A tile of the tree. */
export interface TileNode {
  /**
   * Content relative to the tileset's file: a `.glb`, or another tileset (`.json`; `children` must
   * be empty).
   */
  readonly uri?: string
  /** Measured error of showing this tile, metres. */
  readonly geometricError: number
  /**
   * Geocentric origin of the content and of `box`, on the lattice. Absent: that of the first
   * descendant with one.
   */
  readonly centre?: Vector
  /** Box of the content (see `boundingBox`); absent if the tile has no box of its own. */
  readonly box?: OrientedBox
  readonly children: readonly TileNode[]
}

/** Below this, the lattice (1/256 m or more) is no longer negligible against a parent's error. */
const LEAST_PARENT_ERROR = 1 / 16

/**
 * Encodes a 3D Tiles 1.1 `tileset.json`: explicit tree, refinement by replacement. Each transform,
 * in doubles, places its content's centre relative to the parent's. A tile's box contains its
 * content and its descendants' boxes. Its geometric error is its own, raised above its children's
 * if needed, and at least 1/16 m with children.
 *
 * @param options.within centre of the referring tile, if this file is nested in another tileset
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
    /** Names of extensions that a viewer must support. */
    readonly required?: readonly string[]
  },
): string => {
  const tile = writeTile(root, options.within ?? [0, 0, 0])
  const document = {
    asset: {
      version: "1.1",
      ...(options.tilesetVersion === undefined ? {} : { tilesetVersion: options.tilesetVersion }),
      extras: { ...options.extras, copyright: options.copyright, generator: options.generator },
    },
    ...(options.required === undefined
      ? {}
      : { extensionsUsed: options.required, extensionsRequired: options.required }),
    // If nothing is shown, the error is as large as the scene.
    geometricError: Math.max(2 * tile.geometricError, ...halvesOf(tile.box)),
    root: { ...tile.json, refine: "REPLACE" },
  }
  return `${JSON.stringify(document)}\n`
}

/** Place, box and geometric error of a subtree, for a tileset that refers to it. */
export const summariseNode = (node: TileNode): Required<Pick<TileNode, "centre" | "box" | "geometricError">> => {
  const { centre, box, geometricError } = writeTile(node, [0, 0, 0])
  return { centre, box, geometricError }
}

interface EncodedTile {
  readonly json: Readonly<Record<string, unknown>>
  readonly centre: Vector
  readonly box: OrientedBox
  readonly geometricError: number
}

const writeTile = (node: TileNode, within: Vector): EncodedTile => {
  const centre = findCentre(node) ?? within
  const children = node.children.map((child) => writeTile(child, centre))
  const box = uniteBoxes(node, centre, children)
  const offset = difference(centre, within)
  const worst = children.reduce((most, child) => Math.max(most, child.geometricError), 0)
  // A viewer must not stop at a tile without content: its error is as large as the tile.
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

const findCentre = (node: TileNode): Vector | undefined => {
  if (node.centre !== undefined) return node.centre
  for (const child of node.children) {
    const centre = findCentre(child)
    if (centre !== undefined) return centre
  }
  return undefined
}

const uniteBoxes = (node: TileNode, centre: Vector, children: readonly EncodedTile[]): OrientedBox => {
  const [first] = children
  if (first === undefined) return node.box ?? [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
  const corners = node.box === undefined ? [] : listCorners(node.box, [0, 0, 0])
  for (const child of children) corners.push(...listCorners(child.box, difference(child.centre, centre)))
  return boxAround(corners, axesOf(node.box ?? first.box), 1e-3)
}

const difference = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
