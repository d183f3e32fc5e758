import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"

const folder = fileURLToPath(new URL("../../../dist/cli/view/page/", import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  statSync(join(folder, name)).isFile(),
)

const textOf = (name: string): string => gunzipSync(readFileSync(join(folder, `${name}.gz`))).toString()

describe("the built page", () => {
  it("takes at most 1.5 MB compressed, all of its files together", () => {
    const total = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    expect(files).toContain("viewer.js.gz")
    expect(files.filter((name) => !name.endsWith(".gz"))).toEqual([])
    expect(total).toBeGreaterThan(300_000)
    expect(total).toBeLessThan(1_500_000)
  })

  it("names no script, style or picture of another host", () => {
    const html = textOf("index.html") + textOf("viewer.css")
    expect(html).toContain("viewer.js")
    expect(html).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\/|url\(\s*["']?(https?:)?\/\/|@import/i)
  })

  it("carries the licences of what is bundled", () => {
    const licences = textOf("licences.txt")
    for (const name of ["itowns", "three", "3d-tiles-renderer", "flatgeobuf", "geotiff", "copc", "laz-perf", "proj4"]) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: \\S`, "m"))
    }
  })
})
