/**
 * A job of 4 × 4 tiles of 50 m, a LAS file for each four of them, made by kernels small enough to
 * be followed by hand.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import type { RunSummary } from "../../engine/report/outcome.js"
import type { TileOutcome } from "../../engine/report/tile-outcome.js"
import { hashesOf } from "../hashes-of.js"
import { jsonOf, runKept } from "../run-maille.js"
import { writeToyKernels } from "./toy-kernels.js"

/** South-western corner of the job. */
export const [west, south] = [770_000, 6_277_000]

/** How the north-eastern file differs: heights, or a column of points left out. */
interface Change {
  readonly lift?: number
  readonly without?: number
}

/** 100 m by 100 m, a ground point each 2 m. */
const quarter = (x: number, y: number, { lift = 0, without = -1 }: Change): Uint8Array => {
  const side = 50
  const places = Array.from({ length: side * side }, (_, i) => i).filter((i) => i % side !== without)
  const count = places.length
  const points = {
    count,
    x: Int32Array.from(places, (i) => (i % side) * 2000 + 500),
    y: Int32Array.from(places, (i) => Math.floor(i / side) * 2000 + 500),
    z: Int32Array.from(places, (i) => 10_000 + (i % 7) * 10 + lift),
    scale: 0.001,
    origin: [x, y, 0] as const,
    classification: new Uint8Array(count).fill(2),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154 })
}

/** The key of a tile by its place in the job, and its cell as `--bbox` takes it. */
export const tileAt = (column: number, row: number): string => `18/${west / 50 + column}/${south / 50 + row}`
export const boxOf = (column: number, row: number): string =>
  [west + 50 * column, south + 50 * row, west + 50 * column + 50, south + 50 * row + 50].join(",")
export const tileOf = ({ tiles }: RunSummary, key: string): TileOutcome | undefined =>
  tiles.find((tile) => tile.key === key)

/** A folder with the kernels and runs of the job. */
export interface ToyJob {
  readonly folder: string
  readonly kernels: readonly string[]
  sources(name: string, northEast?: Change): Promise<string[]>
  args(sources: readonly string[], out: string, ...more: string[]): string[]
  run(sources: readonly string[], out: string, ...more: string[]): Promise<RunSummary>
  /** Hash of each product. */
  hashes(out: string): Promise<Record<string, string>>
  /** The tasks that the last run on a folder carried out, by stage. */
  lastRun(out: string): Promise<Record<string, string[]>>
  remove(): Promise<void>
}

export const makeToyJob = async (): Promise<ToyJob> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-stages-"))
  const kernels = await writeToyKernels(folder)
  const args: ToyJob["args"] = (sources, out, ...more) => [
    ...["run", ...sources, "--tile-size", "50", "--products", "dsm", "--workers", "1", "--json"],
    ...["--out", join(folder, out), ...more, "--kernel", ...kernels],
  ]
  return {
    folder,
    kernels,
    args,
    sources: async (name, northEast = {}) => {
      const paths: string[] = []
      for (let i = 0; i < 4; i++) {
        const path = join(folder, `${name}-${i}.las`)
        await writeFile(path, quarter(west + 100 * (i % 2), south + 100 * (i >> 1), i === 3 ? northEast : {}))
        paths.push(path)
      }
      return paths
    },
    run: async (sources, out, ...more) => {
      const ended = await runKept(args(sources, out, ...more))
      expect([0, 1], ended.stderr).toContain(ended.code)
      return jsonOf(ended) as RunSummary
    },
    hashes: (out) => hashesOf(join(folder, out)),
    lastRun: async (out) => {
      const lines = (await readFile(join(folder, out, "journal.jsonl"), "utf8")).trim().split("\n")
      const records = lines.map((line) => JSON.parse(line) as { type: string; stage: string; key: string })
      const from = records.findLastIndex(({ type }) => type === "run")
      const tasks: Record<string, string[]> = {}
      for (const { type, stage, key } of records.slice(from))
        if (type === "end") tasks[stage] = [...(tasks[stage] ?? []), key].sort()
      return tasks
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
