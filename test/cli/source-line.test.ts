import { readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { afterAll, describe, expect, test } from "vitest"
import { sharedData } from "../shared-data.js"
import { maille } from "./maille.js"

const folder = await mkdtemp(join(tmpdir(), "maille-source-line-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GZIP = Buffer.from([0x1f, 0x8b, 8])

/** A file's bytes as text, with what is compressed by gzip in it. */
const textOf = (path: string): string => {
  const bytes = readFileSync(path)
  const texts = [bytes.toString("latin1")]
  for (let at = bytes.indexOf(GZIP); at >= 0; at = bytes.indexOf(GZIP, at + 1)) {
    try {
      texts.push(gunzipSync(bytes.subarray(at), { finishFlush: 2 }).toString("latin1"))
    } catch {
      // Three bytes that are no beginning.
    }
  }
  return texts.join("\n")
}

describe.skipIf(!sharedData)("files that name no producer", () => {
  test("make products without IGN and without a licence, in every format", async () => {
    const out = join(folder, "out")
    const input = join(sharedData!, "foreign/isprs/samp24-utm.laz")
    const formats = ["--vector-format", "geojson,geojsonl,parquet,pmtiles", "--keep-points"]
    const job = ["--crs", "EPSG:32632", "--tile-size", "250", "--mesh", "ground", "--workers", "1"]
    const { code, stderr } = await maille("run", input, ...job, ...formats, "--out", out)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain("To fix: --source")
    const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
      statSync(join(out, name)).isFile(),
    )
    const kinds = new Set(files.map((name) => name.split(".").at(-1)))
    for (const kind of ["fgb", "geojson", "glb", "html", "json", "laz", "parquet", "pmtiles", "tif", "vrt"])
      expect(kinds, kind).toContain(kind)
    const stated = files.filter((name) => textOf(join(out, name)).includes("source not stated"))
    expect(stated.length).toBeGreaterThan(kinds.size)
    for (const name of files) expect(textOf(join(out, name)), name).not.toMatch(/\bIGN[, ]|[Ll]icen[cs]e|LiDAR HD/)
  }, 120_000)
})
