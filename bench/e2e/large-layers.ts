/**
 * `npm run lab -- layers`: layers of two million features through the merge of tiles and every
 * writer.
 */
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { objectId } from "../../engine/core/hash.js"
import { seededRandom } from "../../engine/core/random.js"
import { convertLayers } from "../../engine/export/convert-layers.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import { mergeLayer } from "../../engine/formats/vector/flatgeobuf/merge-layer.js"
import { type VectorFormat, vectorFormats } from "../../engine/formats/vector/write-format.js"
import type { Features } from "../../engine/kernel.js"
import { projectRoot } from "../machine.js"
import { labCommand, printJson, within, wordsOf } from "../options.js"
import { peakBytes, processorMs } from "../product/measure.js"
import { textTable } from "../text-table.js"

const LAYER = { name: "building", epsg: 2154, metadata: {} } as const

interface Flags {
  readonly features: number
  readonly tiles: number
  readonly steps: readonly string[]
  readonly one?: readonly string[]
}

/** Measures each step in a process of its own, so that its peak memory is its own. */
export const main = async (args: string[]): Promise<undefined> => {
  const flags = labCommand("layers", "Merges the layers of tiles of 1 km, and converts the result to every format.")
    .option("--features <n>", "features of all tiles", within(1, 1e9, 1), 2_000_000)
    .option("--tiles <n>", "tiles a side", within(1, 1000, 1), 20)
    .option("--steps <names>", "steps to run", wordsOf, ["merge", ...vectorFormats])
    .option("--one <step,input,out>", "run one step in this process", wordsOf)
    .parse(args, { from: "user" })
    .opts<Flags>()
  if (flags.one !== undefined) return runStep(flags.one)
  const folder = await mkdtemp(join(tmpdir(), "maille-layers-"))
  try {
    const list = join(folder, "tiles.json")
    await writeFile(list, JSON.stringify(await writeTiles(join(folder, "tiles"), flags.features, flags.tiles)))
    const layer = join(folder, "building.fgb")
    const rows: string[][] = []
    for (const step of flags.steps) {
      const one = step === "merge" ? [step, list, layer] : [step, layer, join(folder, `building.${step}`)]
      const command = [join(projectRoot, "dist", "bench", "lab.js"), "layers", "--one", one.join(",")]
      const { stdout } = await promisify(execFile)(process.execPath, command)
      const { features, figures } = JSON.parse(stdout) as { features: number; figures: number[] }
      rows.push([step, features.toLocaleString("en"), ...figures.map((value) => String(Math.round(value)))])
    }
    const heading = ["step", "features", "file, MB", "time, s", "processor, s", "peak memory, MiB"]
    console.log(textTable([heading, ...rows], false))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const runStep = async ([step = "", input = "", out = ""]: readonly string[]): Promise<undefined> => {
  const start = performance.now()
  const features = step === "merge" ? await merge(input, out) : await convert(step as VectorFormat, input, out)
  const timeMs = performance.now() - start
  const { size } = await stat(out)
  printJson({ features, figures: [size / 1e6, timeMs / 1000, processorMs() / 1000, peakBytes() / 2 ** 20] })
}

const merge = async (list: string, out: string): Promise<number> => {
  const layer = await mergeLayer(JSON.parse(await readFile(list, "utf8")) as string[], LAYER)
  const file = await open(out, "w")
  for await (const bytes of layer.bytes) await file.write(bytes)
  await file.close()
  return layer.count
}

const convert = async (to: VectorFormat, input: string, out: string): Promise<number> => {
  const { files } = await convertLayers({ input, to, out })
  return files[0]?.layers[0]?.features ?? 0
}

/**
 * Writes tiles of 1 km, in a square, as the tiles of a job leave a layer: a FlatGeobuf file each.
 */
const writeTiles = async (folder: string, features: number, tilesASide: number): Promise<string[]> => {
  await mkdir(folder, { recursive: true })
  const each = Math.floor(features / tilesASide ** 2)
  const paths: string[] = []
  for (let tile = 0; tile < tilesASide ** 2; tile++) {
    const corner = [700_000 + 1000 * (tile % tilesASide), 6_600_000 + 1000 * Math.floor(tile / tilesASide)] as const
    const path = join(folder, `${tile}.fgb`)
    await writeFile(path, encodeFlatGeobuf(housesOf(each, tile + 1, corner), LAYER))
    paths.push(path)
  }
  return paths
}

/**
 * Houses of five vertices on whole millimetres, with the kinds of columns that the layer `building`
 * has.
 */
const housesOf = (count: number, seed: number, corner: readonly [number, number]): Features => {
  const random = seededRandom(seed)
  const coordinates = new Float64Array(10 * count)
  // Places repeat to the centimetre among so many: ids are of a number instead.
  const ids = Array.from({ length: count }, (_, f) => objectId("building", 1000 * seed, f))
  for (let f = 0; f < count; f++) {
    const [x, y] = corner.map((value) => Math.round(1000 * (value + 980 * random())) / 1000) as [number, number]
    const [w, d] = [8 + Math.floor(8 * random()), 6 + Math.floor(6 * random())]
    coordinates.set([x, y, x + w, y, x + w, y + d, x, y + d, x, y], 10 * f)
  }
  const numbers = (step: number): Float64Array => Float64Array.from({ length: count }, (_, f) => (f % 977) / step)
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates,
    ringEnds: Uint32Array.from({ length: count }, (_, f) => 5 * (f + 1)),
    partEnds: Uint32Array.from({ length: count }, (_, f) => f + 1),
    ids,
    columns: {
      height: { type: "number", values: numbers(8) },
      ground: { type: "number", values: numbers(4) },
      area: { type: "number", values: numbers(2) },
      volume: { type: "number", values: numbers(1) },
      points: { type: "integer", values: Int32Array.from(ids, (_, f) => f % 977) },
      acquired_first: { type: "string", values: ids.map(() => "2023-04-05") },
    },
  }
}
