import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"

const folder = fileURLToPath(new URL("../../../dist/cli/view/page/", import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  statSync(join(folder, name)).isFile(),
)

describe("the built page", () => {
  it("takes at most 1.5 MB compressed, all of its files together", () => {
    const sizes = files.map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    expect(files).toContain("viewer.js")
    expect(total).toBeGreaterThan(300_000)
    expect(total).toBeLessThan(1_500_000)
  })

  it("names no script, style or picture of another host", () => {
    const html = readFileSync(join(folder, "index.html"), "utf8") + readFileSync(join(folder, "viewer.css"), "utf8")
    expect(html).toContain("viewer.js")
    expect(html).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\/|url\(\s*["']?(https?:)?\/\/|@import/i)
  })

  it("carries the licences of what is bundled", () => {
    const licences = readFileSync(join(folder, "licences.txt"), "utf8")
    for (const name of ["itowns", "three", "3d-tiles-renderer", "flatgeobuf", "geotiff", "copc", "laz-perf", "proj4"]) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: \\S`, "m"))
    }
  })
})
