/** What `maille validate` finds: its JSON document. Figures that nothing could be measured for are null. */
export interface ValidateReport {
  readonly ok: boolean
  /** One line for each thing that makes `ok` false, at most 100. */
  readonly problems: readonly string[]
  /** Files, and issues of the glTF validator over each content and its plain twin. */
  readonly gltf: { readonly files: number; readonly errors: number; readonly warnings: number }
  readonly seams: {
    /** Edge-sharing neighbours of one level, both with a border on the common side. */
    readonly pairs: number
    readonly maxGapMm: number
    /** Border vertices that the neighbour does not have bit for bit, and those beside which it has no border. */
    readonly unequalVertices: number
    readonly oneSidedVertices: number
    /** Tiles against the coarser parent of a neighbour: pairs and largest distance of a border vertex. */
    readonly betweenLevelsPairs: number
    readonly betweenLevelsMaxM: number
  }
  /** Over all contents; the outer border of a tile is not open. */
  readonly mesh: {
    readonly triangles: number
    readonly openEdges: number
    readonly nonManifoldEdges: number
    readonly degenerate: number
  }
  readonly solids: { readonly count: number; readonly closed: number }
  /** Metres: mesh vertices of class 2 against the DTM, of class 6 against the DSM away from walls; finest level. */
  readonly accuracy: {
    readonly groundRmse: number | null
    readonly groundMax: number | null
    readonly roofRmse: number | null
  }
  readonly vector: {
    readonly layers: number
    readonly features: number
    readonly invalid: number
    readonly duplicated: number
  }
  readonly rasters: { readonly files: number; readonly unreadable: number }
}
