/** Points of classes that no kernel takes end a run with 3, with classes, counts and the remedy. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { runKept } from "../run-maille.js"

/** A square of 20 m by 20 m, whose points are of the classes in turn. */
const square = (...classes: number[]): Uint8Array => {
  const count = 400
  const points = {
    count,
    x: Int32Array.from({ length: count }, (_, i) => 1000 * (i % 20) + 500),
    y: Int32Array.from({ length: count }, (_, i) => 1000 * Math.floor(i / 20) + 500),
    z: new Int32Array(count).fill(5000),
    scale: 0.001,
    origin: [770_000, 6_277_000, 0] as const,
    classification: Uint8Array.from({ length: count }, (_, i) => classes[i % classes.length]!),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154 })
}

it("a file of bathymetry ends with 3 and says why; with other points it is made", async () => {
  const folder = await mkdtemp(join(tmpdir(), "maille-dropped-"))
  const run = async (name: string, ...classes: number[]) => {
    await writeFile(join(folder, `${name}.las`), square(...classes))
    const line = ["run", join(folder, `${name}.las`), "--tile-size", "50", "--products", "dtm"]
    return runKept([...line, "--out", join(folder, name)])
  }
  try {
    const none = await run("none", 40, 40, 40, 45)
    expect(none.code, none.stderr).toBe(3)
    expect(none.stderr).toContain("leaves out every point: classes 40 (300 points), 45 (100 points)")
    expect(none.stderr).toContain("--classes FILE.json")
    expect((await run("some", 40, 2)).code).toBe(0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
