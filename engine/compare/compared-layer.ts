/** Opens one side of a comparison: the polygons of a layer of an output folder, or of a file. */
import { stat } from "node:fs/promises"
import { basename, join } from "node:path"
import { planRingsOf } from "../core/feature-table.js"
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { EngineError } from "../errors.js"
import { readFeatures } from "../formats/vector/read-features.js"
import { layout } from "../job/layout.js"
import { requireStoredJob } from "../job/output-folder.js"
import type { Features } from "../kernel.js"
import { type Rings, regionArea } from "./polygon-overlap.js"

/** A polygon to compare. */
export interface ComparedObject {
  readonly id: string
  /** Closed, x and y only, CRS metres. */
  readonly rings: Rings
  readonly box: Box2
  /** m² */
  readonly area: number
  /**
   * True for objects wholly inside the box of the request. The others only serve as their partners.
   */
  readonly counts: boolean
}

/** One side of a comparison. */
export interface ComparedLayer {
  readonly path: string
  readonly epsg?: number
  readonly objects: readonly ComparedObject[]
}

/**
 * Opens the polygons of a run's layer, or of a file (FlatGeobuf, GeoJSON; others through GDAL).
 * Each part of a collection is an object. Memory: all of them.
 * @param input output folder of a run, or a file
 * @param layer name of the layer in a folder
 * @param bbox counts only objects wholly inside; default: all
 * @throws EngineError E_INPUT where the layer is absent or has no polygon; as {@link readFeatures}
 */
export const openComparedLayer = async (input: string, layer: string, bbox?: Box2): Promise<ComparedLayer> => {
  const found = await stat(input).catch(() => undefined)
  if (found === undefined)
    throw new EngineError("E_INPUT", `${input}: no such file or folder. Check the path.`, { file: input })
  const path = found.isDirectory() ? join(input, layout.layer(layer)) : input
  if (found.isDirectory() && (await stat(path).catch(() => undefined)) === undefined) {
    await requireStoredJob(input)
    const text = `${input}: no layer "${layer}" (${layout.layer(layer)}). Run its job with --add --products vector.`
    throw new EngineError("E_INPUT", text, { file: path })
  }
  const { features, epsg } = await readFeatures(path, "Polygon")
  const objects = toObjects(features, bbox)
  return {
    path: found.isDirectory() ? join(basename(input), layout.layer(layer)) : path,
    ...(epsg === undefined ? {} : { epsg }),
    objects,
  }
}

const toObjects = (features: Features, bbox: Box2 | undefined): ComparedObject[] =>
  features.ids.map((id, f) => {
    const rings = planRingsOf(features, f)
    const box = boxOfRings(rings)
    const counts =
      bbox === undefined || (box[0] >= bbox[0] && box[1] >= bbox[1] && box[2] <= bbox[2] && box[3] <= bbox[3])
    return { id, rings, box, area: regionArea(rings), counts }
  })
