/** A kernel file outside any package, and the package as its tarball or an image has it. */
import { spawnSync } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../engine/core/random.js"
import type { Ended } from "./cli/maille.js"
import { lasBytes, randomPoints } from "./engine/formats/las/las-bytes.js"
import { root } from "./source-tree.js"

let folder = ""
const at = (...names: string[]): string => join(folder, ...names)
const call = (file: string, args: readonly string[], cwd: string): Ended => {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: "utf8" })
  return { code: status ?? 128, stdout, stderr }
}
/** The command of the unpacked tarball, in a folder with kernels and nothing else. */
const maille = (...args: string[]): Ended =>
  call(process.execPath, [at("opt", "maille", "dist/bundle/cli/main.js"), ...args], at("user"))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-anywhere-"))
  await mkdir(at("opt", "maille"), { recursive: true })
  await mkdir(at("user"))
  const [{ filename }] = JSON.parse(
    call("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root).stdout,
  ) as [{ filename: string }]
  expect(call("tar", ["-xzf", at(filename), "-C", at("opt", "maille"), "--strip-components=1"], folder).code).toBe(0)
  await symlink(join(root, "node_modules"), at("opt", "maille", "node_modules"), "dir")
  const page = await readFile(join(root, "docs/guide/write-a-kernel.md"), "utf8")
  const [, code = ""] = /```js\n(import \{ defineKernel \}[\s\S]*?)```/.exec(page) ?? []
  await writeFile(at("user", "canopy.js"), code)
  await writeFile(at("user", "package.json"), '{ "type": "module" }')
  const points = randomPoints(seededRandom(3), 20_000, 9000).map((one, i) => ({ ...one, classification: 2 + (i % 2) }))
  await writeFile(at("user", "plot.las"), lasBytes({ offset: [770_000, 6_277_000, 0], points }))
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("a kernel in a folder without node_modules", () => {
  it("is listed, a file as well as a new package", () => {
    expect(maille("kernels", "raster.tall", "--kernel", "./canopy.js")).toMatchObject({ code: 0, stderr: "" })
    expect(maille("kernels", "new", "wind")).toMatchObject({ code: 0 })
    expect(maille("kernels", "wind.profile", "--kernel", "./wind")).toMatchObject({ code: 0, stderr: "" })
  })

  it("runs, in each thread of the pool", async () => {
    const run = ["run", "plot.las", "--crs", "EPSG:2154", "--products", "dhm", "--tile-size", "50", "--workers", "2"]
    const { code, stderr } = maille(...run, "--kernel", "./canopy.js", "--out", "out")
    expect(code, stderr).toBe(0)
    expect(await readFile(at("user", "out", "raster", "tall.vrt"), "utf8")).toContain("VRTDataset")
  })

  it("imports every public path of the running maille, whatever else is installed there", async () => {
    const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { exports: object }
    const paths = Object.keys(exports).filter((path) => !path.endsWith(".json"))
    const code = [
      ...paths.map((path, i) => `import * as m${i} from "maille${path.slice(1)}"`),
      `if (!import.meta.resolve("maille").startsWith("file://${at("opt", "maille")}/")) throw new Error("another maille")`,
      `export { default } from "./canopy.js"`,
    ]
    await writeFile(at("user", "all.js"), code.join("\n"))
    const other = at("user", "node_modules", "maille")
    await mkdir(other, { recursive: true })
    await writeFile(join(other, "package.json"), '{ "name": "maille", "exports": "./missing.js" }')
    expect(maille("kernels", "raster.tall", "--kernel", "./all.js")).toMatchObject({ code: 0, stderr: "" })
  })

  it.each([
    [
      "another package",
      'import "no-such-package"',
      /Cannot find package 'no-such-package'.*npm install no-such-package in .*user\./,
    ],
    ["a missing file", 'import "./missing.js"', /Cannot find module .*missing\.js.*Check the paths of its imports\./],
    [
      "a path that maille lacks",
      'import "maille/meshes"',
      /meshes. is not defined by "exports" in .*package\.json\)\. Import one of the paths that the package exports/,
    ],
    [
      "a name that maille lacks",
      'import { nothing } from "maille"',
      /does not provide an export named 'nothing'.*Correct its code\./,
    ],
    ["code that fails", "throw new Error('odd')", /odd\). Its code fails while it is imported\. Correct it\./],
    ["no kernel", "export default 3", /not a kernel \(its default export lacks id, /],
  ])("names what is wrong: %s", async (_, code, expected) => {
    await writeFile(at("user", "wrong.js"), code)
    const { code: exit, stderr } = maille("kernels", "--kernel", "./wrong.js")
    expect(stderr).toMatch(expected)
    expect(exit).toBe(2)
  })
})
