/**
 * The examples in the docblocks of the library, each run as a program in a folder with the files
 * that they name.
 */
import { execFile } from "node:child_process"
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { writeCog } from "../../../engine/library/raster.js"
import { writeFeatures } from "../../../engine/library/vector.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { writeTown } from "../../scenes/content-town-output.js"
import { root } from "../../source-tree.js"

/** Entries, the sources of their functions, and what the examples use besides. */
const ENTRIES: Readonly<Record<string, readonly [sources: readonly string[], before: string]>> = {
  kernels: [["engine/library/kernels.ts"], ""],
  las: [
    ["engine/library/las.ts", "engine/formats/points/read-points.ts"],
    'const box = [842000, 6520000, 842050, 6520050]; const cloud = await openPoints("tile.copc.laz")',
  ],
  raster: [["engine/library/raster.ts"], ""],
  vector: [["engine/library/vector.ts"], ""],
  tiles3d: [["engine/library/tiles3d.ts"], "const box = [770500, 6277500, 770600, 6277600]"],
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-docs-"))
  await mkdir(join(folder, "node_modules"))
  await symlink(root, join(folder, "node_modules", "maille"))
  const scan = scanScene(makeScene(), { pulsesPerM2: 1, box: [842000, 6520000, 842050, 6520050] })
  // A reader goes by what the file has, not by its name.
  await writeFile(join(folder, "tile.copc.laz"), encodeLas(scan, { pointFormat: 6, scale: 0.01, offset: [0, 0, 0] }))
  const place = { width: 20, height: 20, minX: 842000, maxY: 6520010, cellSize: 0.5 }
  await writeCog(join(folder, "dtm.tif"), { data: new Float32Array(400), ...place }, { epsg: 2154 })
  await copyFile(`${root}examples/kernel-slope/slope.js`, join(folder, "slope.js"))
  await writeTown(join(folder, "out"), undefined, 1000)
  const ring = [842010, 6520010, 842020, 6520010, 842020, 6520020, 842010, 6520010]
  const roof = { parts: [[ring]], properties: { slope: 30, area: 60 } }
  await writeFeatures(join(folder, "out/vector/roof.fgb"), [roof], { epsg: 2154 })
})
afterAll(() => rm(folder, { recursive: true }))

it.each(Object.entries(ENTRIES))(
  "maille/%s: every function has an example that runs",
  async (entry, [sources, before]) => {
    const texts = await Promise.all(sources.map((path) => readFile(root + path, "utf8")))
    const blocks = texts.flatMap((text) => [...text.matchAll(/@example\n((?:\s+\* .*\n)+)/g)].map(([, code]) => code))
    const examples = blocks.map((block) => block.replaceAll(/^\s+\* /gm, ""))
    const module = (await import(`${root}dist/bundle/engine/library/${entry}.js`)) as Record<string, unknown>
    const names = Object.keys(module).filter((name) => typeof module[name] === "function" && /^[a-z]/.test(name))
    // The guide runs kernels that are made with defineKernel.
    for (const name of names.filter((one) => one !== "defineKernel"))
      expect(
        examples.some((code) => code.includes(`${name}(`)),
        name,
      ).toBe(true)
    const bodies = examples.map((code) => `{\n${code}}\n`).join("")
    const script = `import { ${names.join(", ")} } from "maille/${entry}"\n${before}\n${bodies}`
    await writeFile(join(folder, `${entry}.mjs`), script)
    const { stderr } = await promisify(execFile)(process.execPath, [`${entry}.mjs`], { cwd: folder })
    expect(stderr).toBe("")
  },
)
