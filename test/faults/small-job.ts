/**
 * The smallest job that writes every kind of file: one tile of 50 m with a building, seen by one
 * image.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { renderOrtho } from "../../fixtures/sample/ortho.js"
import { cropPoints, scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { type Ended, runMaille } from "../run-maille.js"

const layer = fileURLToPath(new URL("fault-layer.mjs", import.meta.url))

/** What the layer is asked for, beside the folder that it watches: see `fault-layer.mjs`. */
export interface LayerRequest {
  readonly counts?: string
  readonly trace?: string
  readonly fail?: Failure
}

/** The n-th call of a class, which fails with a code; `half` writes a part before. */
export interface Failure {
  readonly class: string
  readonly n: number
  readonly code: string
  readonly lasting: boolean
  readonly half: boolean
}

/** The job into any folder. */
export interface SmallJob {
  /** In processes of its own, over the layer. */
  run(out: string, layer: LayerRequest): Promise<Ended>
  /** The arguments of the command. */
  args(out: string): string[]
}

/** Writes the inputs below `folder`. The job has files of their own, or packs. */
export const makeSmallJob = (folder: string): ((way: "files" | "packs") => SmallJob) => {
  const scene = makeScene({ seed: 1 })
  const [minX, minY] = scene.box
  const box = [minX, minY + 50, minX + 50, minY + 100] as const
  const points = cropPoints(scanScene(scene, { pulsesPerM2: 1 }), box)
  const las = encodeLas(points, { pointFormat: 6, epsg: scene.epsg, scale: 0.01, systemId: "synthetic scene" })
  mkdirSync(join(folder, "ortho"), { recursive: true })
  writeFileSync(join(folder, "tile.las"), las)
  writeFileSync(join(folder, "ortho", "ORTHO_2023_0842_6521_LA93_0M20.tif"), encodeGeoTiff(renderOrtho(scene), 2154))
  const inputs = [join(folder, "tile.las")]
  const imagery = [join(folder, "ortho")]
  return (way) => {
    const more = way === "packs" ? ["--pack"] : ["--vector-format", "geojson,pmtiles", "--keep-points", "1"]
    const args = (out: string): string[] => [
      ...["run", ...inputs, "--imagery", ...imagery, "--tile-size", "50", ...more, "--out", out, "--json"],
      ...["--workers", "1"],
    ]
    const run = (out: string, request: LayerRequest): Promise<Ended> =>
      runMaille(args(out), {
        NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --import ${layer}`,
        MAILLE_FAULT_LAYER: JSON.stringify({ out, ...request }),
      })
    return { args, run }
  }
}

/**
 * What no ended run may leave: temporary names, a lock, packs without an end, quarantined tasks.
 */
export const leftovers = async (out: string): Promise<string[]> => {
  const names = await readdir(out, { recursive: true })
  return names.filter((path) => /^\.work\/(tmp\/|lock)|\.part$|^quarantine\/./.test(path))
}

/** How often each class of calls is made by a run. */
export const readCounts = (path: string): Record<string, number> => JSON.parse(readFileSync(path, "utf8"))
