import { statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { hashOutput } from "../../engine/report/hash-output.js"
import { inFolder, multiset, readAllRecords, readByCopcJs } from "../engine/formats/copc/copc-file.js"
import { jsonOf, runKept, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

describe.skipIf(!sharedData)("a survey of 6 million points as COPC", () => {
  const laz = `${sharedData}/bench/t500.laz`

  it("holds every record, is hardly larger than LAZ, and gives the products of the LAZ", () =>
    inFolder(async (folder) => {
      const made = await runMaille(["copc", laz, "--out", join(folder, "copc"), "--workers", "2", "--json"])
      expect(made.code, made.stderr).toBe(0)
      const [file] = jsonOf(made).files
      expect(file).toMatchObject({ outcome: "done", points: 6280845 })
      expect(file.sizeBytes).toBeLessThan(1.06 * statSync(laz).size)
      const { nodes } = await readByCopcJs(file.out)
      expect(Math.max(...nodes.map(({ count }) => count))).toBeLessThanOrEqual(131072)
      const found = Buffer.concat(nodes.map(({ records }) => records))
      expect(multiset(found, 30) === multiset(await readAllRecords(laz), 30)).toBe(true)
      const hashes: string[] = []
      for (const [i, input] of [laz, file.out].entries()) {
        const out = join(folder, `out${i}`)
        // Of every product of a tile the same is shown in `formats.slow.test.ts`.
        const box = ["--bbox", "292200,6832200,292300,6832300", "--tile-size", "100", "--products", "dtm,dsm"]
        const run = await runKept(["run", input, ...box, "--out", out, "--json"])
        expect(run.code, run.stderr).toBe(0)
        hashes.push((await hashOutput(out)).hash)
      }
      expect(hashes[0]).toBe(hashes[1])
    }))
})
