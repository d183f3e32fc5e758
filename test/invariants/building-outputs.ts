/** Layers and solids of a finished job, for comparison by id. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { featureAt } from "./feature-at.js"

export type Place = readonly [x: number, y: number, z: number]

/** Attributes, rings and altitudes of all features of a layer, by id. */
export const layerOf = async (out: string, name: string): Promise<Map<string, ReturnType<typeof featureAt>>> => {
  const { features } = await readFlatGeobuf(join(out, "vector", `${name}.fgb`))
  return new Map(
    features.ids.map((id, f) => [id, featureAt(features, f)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

interface Solid {
  readonly objects: unknown
  readonly places: readonly Place[]
}

/** Objects of the CityJSON sequence by id, with the vertices of the record in whole 0.1 mm. */
export const solidsOf = (out: string): Map<string, Solid> => {
  const [head, ...lines] = readFileSync(join(out, "vector", "building.city.jsonl"), "utf8")
    .trim()
    .split("\n")
  const { scale, translate } = JSON.parse(head!).transform as { scale: Place; translate: Place }
  return new Map(
    lines
      .map((line): [string, Solid] => {
        const { id, CityObjects: objects, vertices } = JSON.parse(line)
        const places = vertices.map((v: Place) =>
          v.map((k, axis) => Math.round(1e4 * (k * scale[axis]! + translate[axis]!))),
        )
        return [id, { objects, places }]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
