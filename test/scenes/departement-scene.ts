import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { sceneFiles } from "./sample-runs.js"

/**
 * The synthetic sample with two départements, 34 in the west and 2A in the east, whose common limit
 * is a slanted line over tile borders and objects.
 */
export const writeDepartementScene = async (): Promise<{ folder: string; lidar: string; limits: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-departement-"))
  const { scene, lidar } = await sceneFiles()
  const { toGeographic } = crsByEpsg(scene.epsg)
  const [x0, y0, x1, y1] = scene.box
  const top = toGeographic(x0 + 140, y1 + 300)
  const bottom = toGeographic(x0 + 70, y0 - 300)
  const west = [bottom, top, toGeographic(x0 - 500, y1 + 300), toGeographic(x0 - 500, y0 - 300), bottom]
  const east = [top, bottom, toGeographic(x1 + 500, y0 - 300), toGeographic(x1 + 500, y1 + 300), top]
  const feature = (code: string, ring: unknown) => ({
    type: "Feature",
    properties: { code, nom: code },
    geometry: { type: "Polygon", coordinates: [ring] },
  })
  const limits = join(folder, "limits.geojson")
  const features = [feature("34", west), feature("2A", east)]
  await writeFile(limits, JSON.stringify({ type: "FeatureCollection", features }))
  return { folder, lidar, limits }
}
