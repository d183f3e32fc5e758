/** Kernel `texture.facade`: paints the walls of a parent tile from those of its children. */
import { defineKernel, type TextureChart } from "../../engine/kernel.js"
import { wallCharts } from "./charts/charts.js"
import { indexWalls, paintFromWalls, wallTextures } from "./charts/facade-walls.js"

/**
 * The walls of a parent's blocks, painted from the painted walls of its children: façades keep
 * their colours from level to level.
 *
 * Texels are twice those of the children, whose walls are already at that size. A wall without a
 * painted one within reach is treated as one that no image shows; see `paintFromWalls`. Time: faces
 * log faces + texels of the walls. Memory: the walls of the children, of the parent, and of the
 * output for its parent.
 */
export default defineKernel({
  id: "texture.facade",
  version: 1,
  summary: "Wall textures of a parent tile, painted from the walls of its children",
  stages: ["parent"],
  inputs: { mesh: { kind: "mesh" }, facade: { kind: "texture", many: true } },
  outputs: { oriented: { kind: "texture" }, facade: { kind: "texture" }, "facade-quality": { kind: "metrics" } },
  options: {
    wallReach: {
      type: "number",
      default: 1,
      unit: "m",
      min: 0.05,
      max: 20,
      help: "largest distance between a parent's wall and the child's wall that paints it; it doubles with each level",
    },
  },
  halo: () => 0,
  // Walls are at most about as large as the ground. Texels are those of views by default, doubled
  // with the level, for three sets: the children's, the parent's, the output.
  memory: (counts) => (10 * counts.areaM2) / (0.2 * (counts.step ?? 1)) ** 2,
  run(tile, { mesh, facade = [] }, options) {
    const finer = facade.flatMap(({ charts }) => charts)
    const nothing = { oriented: undefined, facade: undefined, "facade-quality": { walls: 0, paintedShare: 0 } }
    if (finer.length === 0 || mesh.triangles.length === 0) return nothing
    const texel = finer.reduce((least, chart) => Math.min(least, chart.texel), Infinity)
    const index = indexWalls(finer)
    const walls = wallCharts(mesh, { texel })
    const painted: TextureChart[] = []
    let [texels, shown] = [0, 0]
    for (const chart of walls) {
      texels += chart.width * chart.height
      const found = paintFromWalls(chart, mesh.origin, index, options.wallReach * tile.step)
      if (found === undefined) continue
      shown += found.known
      painted.push({ ...chart, data: found.data })
    }
    const quality = { walls: walls.length, paintedShare: texels === 0 ? 0 : shown / texels }
    if (painted.length === 0) return { ...nothing, "facade-quality": quality }
    return { ...wallTextures(mesh, painted), "facade-quality": quality }
  },
})
