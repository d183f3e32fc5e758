import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type CheckedTile, checkTile } from "../../engine/check/check-tile.js"
import { checkEdges } from "../../engine/check/edges/check-edges.js"
import { checkSeams } from "../../engine/check/edges/check-seams.js"
import { levelEdges } from "../../engine/check/edges/open-parts.js"
import type { SolidIndex } from "../../engine/check/solid-index.js"
import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { chooseFrame } from "../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import { coverArea, TileKey } from "../../engine/grid/tile-key.js"
import { provenance } from "./content-scene.js"
import { corner, meshOf, type Quad } from "./house-scene.js"

const crs = crsByEpsg(2154)
const grid = coverArea(crs.area, 50)

/** What the checks of edges and seams find in tiles of 50 m that are written and read again. */
export interface SceneChecks {
  readonly mesh: Awaited<ReturnType<typeof checkEdges>>
  readonly seams: ReturnType<typeof checkSeams>
  readonly problems: string[]
  readonly nonManifold: number
}

/** Checks the quads of some tiles, by their columns from the scene's corner. */
export const checkScene = async (
  quadsOf: (column: number) => readonly Quad[],
  columns: readonly number[] = [0, 1],
  solids?: SolidIndex,
): Promise<SceneChecks> => {
  const geoid = await openGeoid({ heights: "ellipsoidal", epsg: 2154 })
  const folder = mkdtempSync(join(tmpdir(), "maille-scene-"))
  try {
    const checked: CheckedTile[] = []
    for (const column of columns) {
      const key = { level: grid.leafLevel, x: corner[0] / 50 + column, y: corner[1] / 50 }
      const frame = chooseFrame(crs, geoid, TileKey.box(grid, key), [30, 40])
      const path = join(folder, `${TileKey.format(key)}.glb`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, encodeGlb({ mesh: meshOf(quadsOf(column)), frame, ...provenance }))
      const tile = { key, contents: [{ path, centre: frame.centre }], geometricError: 0.1 }
      checked.push(await checkTile(tile, crs, grid))
    }
    const problems: string[] = []
    const problem = (text: string): void => {
      problems.push(text)
    }
    const levels = levelEdges(checked)
    const mesh = await checkEdges(levels, crs, grid, problem, solids)
    const nonManifold = checked.reduce((sum, tile) => sum + tile.nonManifold, 0)
    return { mesh, seams: checkSeams(levels, problem), problems, nonManifold }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
