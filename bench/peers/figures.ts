import { createHash } from "node:crypto"
import type { Features } from "../../engine/kernel.js"
import type { LayerFigures } from "./gdal.js"

/** What features of ours amount to, as `measureLayer` tells it of GDAL's: lengths of lines, areas of polygons less their holes. */
export const figuresOf = ({ geometry, dimension, coordinates, ringEnds, partEnds }: Features): LayerFigures => {
  let [length, doubled] = [0, 0]
  let start = 0
  for (const end of ringEnds) {
    const [x0, y0] = [coordinates[dimension * start]!, coordinates[dimension * start + 1]!]
    for (let v = start + 1; v < end; v++) {
      const [ax, ay] = [coordinates[dimension * (v - 1)]! - x0, coordinates[dimension * (v - 1) + 1]! - y0]
      const [bx, by] = [coordinates[dimension * v]! - x0, coordinates[dimension * v + 1]! - y0]
      length += Math.hypot(bx - ax, by - ay)
      doubled += ax * by - ay * bx
    }
    start = end
  }
  const isArea = geometry === "Polygon"
  return {
    features: partEnds.length,
    vertices: coordinates.length / dimension,
    length: isArea ? 0 : length,
    area: isArea ? doubled / 2 : 0,
  }
}

/** A digest of features, whatever their order: ids, coordinates, attributes. */
export const digestOf = ({ ids, partEnds, ringEnds, coordinates, dimension, columns }: Features): string => {
  const hash = createHash("sha256")
  const order = ids.map((_, i) => i).sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1))
  const ringStart = (ring: number): number => (ring === 0 ? 0 : ringEnds[ring - 1]!)
  const names = Object.keys(columns).sort()
  for (const f of order) {
    const [first, end] = [f === 0 ? 0 : partEnds[f - 1]!, partEnds[f]!]
    hash.update(`${ids[f]} ${names.map((name) => `${name}=${columns[name]!.values[f]}`).join(" ")}`)
    for (let ring = first; ring < end; ring++) {
      hash.update(`ring ${ringEnds[ring]! - ringStart(ring)}`)
      hash.update(coordinates.slice(dimension * ringStart(ring), dimension * ringEnds[ring]!))
    }
  }
  return hash.digest("hex").slice(0, 16)
}
