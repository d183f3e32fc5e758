/** The JSON document that `maille validate` prints. */

import type { Measure } from "../job/release.js"

/** Result of `maille validate`. Figures without anything to measure are null. */
export interface ValidateReport {
  readonly ok: boolean
  /** Reasons why `ok` is false, one a line, at most 100. */
  readonly problems: readonly string[]
  /** Number of problems, without a limit, by measure; only measures with one. */
  readonly faults: Readonly<Partial<Record<Measure, number>>>
  /** Checks that could not run, through no fault of the products. */
  readonly notes: readonly string[]
  /** Files, and issues of the glTF validator over each content and its uncompressed copy. */
  readonly gltf: { readonly files: number; readonly errors: number; readonly warnings: number }
  readonly seams: {
    /** Edge-sharing neighbours of one level that both have a border on the common side. */
    readonly pairs: number
    readonly maxGapMm: number
    /**
     * Border vertices that the neighbour does not have bit for bit; border segments where the
     * neighbour has no border.
     */
    readonly unequalVertices: number
    readonly oneSidedSegments: number
    /**
     * Tiles against the coarser parent of a neighbour: pairs, and largest distance of a border
     * vertex.
     */
    readonly betweenLevelsPairs: number
    readonly betweenLevelsMaxM: number
  }
  /**
   * Over all contents. Open edges are those of holes and cracks, without the tile's border and the
   * outline of the data.
   */
  readonly mesh: {
    readonly triangles: number
    readonly openEdges: number
    readonly outlineEdges: number
    /**
     * Open edges inside a tile or beyond its cell that a neighbour has in the other direction:
     * overhanging buildings.
     */
    readonly sharedEdges: number
    readonly nonManifoldEdges: number
    readonly degenerate: number
    /** Triangles with the same three vertices as another one of their tile. */
    readonly duplicates: number
  }
  /** Over all solids of the CityJSON sequence; `errors`: solids by val3dity's codes. */
  readonly solids: {
    readonly count: number
    readonly closed: number
    readonly manifold: number
    readonly oriented: number
    readonly valid: number
    readonly errors: Readonly<Record<string, number>>
  }
  /**
   * Errors at the finest level, metres. For meshes that separate objects: the source's points
   * against ground and buildings (see `checkAccuracy`). For others, only groundRmse, groundMax and
   * roofRmse: vertices of class 2 against the DTM, of class 6 against the DSM away from walls.
   */
  readonly accuracy: {
    readonly groundRmse: number | null
    readonly groundMax: number | null
    /** 95 % of the points are nearer. */
    readonly ground95: number | null
    /**
     * Accepted ground points that were compared, and ground points that no height field within the
     * bound can meet.
     */
    readonly groundPoints: number
    readonly groundRejected: number
    /**
     * Points beyond the bound within 0.10 m of a fixed edge: a wall, water, a breakline or the
     * tile's border.
     */
    readonly groundAtEdge: number
    /** Points inside the outline of a bridge deck, which the ground does not use. */
    readonly groundAtDeck: number
    /** Points beyond the bound that a steep face meets within one step of the contents' lattice. */
    readonly groundSteep: number
    /** Points of class 6 against their building. */
    readonly roofRmse: number | null
    readonly roofMax: number | null
    readonly roof95: number | null
    readonly roofPoints: number
    /**
     * Buildings with solids; median and 95 % quantile of the root mean squares of those with 10
     * points.
     */
    readonly buildings: number
    readonly buildingRmseMedian: number | null
    readonly buildingRmse95: number | null
    /**
     * Share of the 0.5 m cells with points of class 6 whose centre is inside an outline or within
     * half a cell of it. Share of those points inside an outline.
     */
    readonly covered: number | null
    readonly coveredPoints: number | null
  }
  readonly vector: {
    readonly layers: number
    readonly features: number
    readonly invalid: number
    readonly duplicated: number
  }
  readonly rasters: { readonly files: number; readonly unreadable: number }
}
