import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Projection } from "../../../../bench/lab/projection/basis.js"
import { lab } from "../run-lab.js"
import { changed, full } from "./made-measurement.js"

let folder = ""
const file = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-project-"))
  const half = changed(full(), "forest", (tile) => ({ ...tile, coreSeconds: tile.coreSeconds / 2 }))
  await writeFile(file("bench.json"), JSON.stringify(full()))
  await writeFile(file("half.json"), JSON.stringify(half))
  await writeFile(file("broken.json"), JSON.stringify({ ...full(), version: undefined }))
  await writeFile(file("no.json"), "{")
})
afterAll(() => rm(folder, { recursive: true }))

const document = async (name: string, ...args: string[]): Promise<Projection> => {
  const { code, stdout, stderr } = await lab("project", "--from", file(name), "--json", ...args)
  expect(stderr).toBe("")
  expect(code).toBe(0)
  return JSON.parse(stdout) as Projection
}

describe("lab project", () => {
  test("prints every figure with its interval, what was measured and what was assumed", async () => {
    const { code, stdout } = await lab("project", "--from", file("bench.json"), "--departements", "34,67,44,974")
    expect(code).toBe(0)
    const lines = stdout.split("\n")
    const rows = lines.filter((line) =>
      /^(34 Hérault|67 Bas-Rhin|44 Loire-Atlantique|974 La Réunion|total) /.test(line),
    )
    expect(rows.length).toBe(5)
    for (const row of rows) expect(row.split(/ {2,}/).filter((cell) => / – .* – /.test(cell)).length).toBe(6)
    for (const ground of ["dense town", "suburb", "farmland", "forest", "mountain", "water"]) {
      expect(lines.filter((line) => line.startsWith(`${ground} `)).length, ground).toBe(2)
    }
    expect(stdout).toMatch(
      /\n4 départements, [\d ]+ km²: .* hours of the machine, .* EUR, .* Machines to be done within a day: \d+/,
    )
    expect(stdout).toMatch(/\nMeasured:\n- .*18 tiles/)
    expect(stdout).toMatch(/\nAssumed:\n- /)
  })

  test("says that maille comes with no measurement, and how to make one", async () => {
    const { code, stdout, stderr } = await lab("project", "--departements", "34")
    expect([code, stdout]).toEqual([3, ""])
    expect(stderr).toMatch(/no measurement is given.*npm run lab -- e2e --output FILE/)
  })

  test("halves the forest's part when the forest's cost is halved, for the country", async () => {
    const before = await document("bench.json", "--departements", "all")
    const after = await document("half.json", "--departements", "all")
    expect(before.departements.length).toBe(101)
    const forest = ({ total }: Projection): number => total.strata.forest.coreHours.best
    expect(forest(after) / forest(before)).toBeCloseTo(0.5, 9)
    expect(after.total.coreHours.best).toBeCloseTo(before.total.coreHours.best - forest(after), 6)
  })

  test("takes the machine as described, and four pilots where nothing is said", async () => {
    const { machine, departements, total } = await document("bench.json", "--machine", "cores=4,eurPerHour=1,watts=100")
    expect(departements.map(({ code }) => code)).toEqual(["94", "28", "40", "73"])
    expect(machine.assumed).toEqual(["memory", "diskMBs", "speed", "efficiency"])
    expect(total.eur.best).toBeCloseTo(total.wallHours.best, 9)
    expect(total.kWh.best).toBeCloseTo(total.wallHours.best / 10, 9)
  })

  test("refuses unknown codes with the list of those there are", async () => {
    const { code, stdout, stderr } = await lab("project", "--from", file("bench.json"), "--departements", "34,99")
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toMatch(
      /--departements: "99" is not valid; expected codes of départements \(01 02 .* 95 971 972 973 974 976\)/,
    )
  })

  test("names the field at fault, and what is wrong with a file", async () => {
    const broken = await lab("project", "--from", file("broken.json"), "--json")
    expect(broken.code).toBe(3)
    expect(broken.stderr).toMatch(/version is missing or of no use/)
    expect((await lab("project", "--from", file("no.json"))).stderr).toMatch(/is no JSON/)
    expect((await lab("project", "--from", file("absent.json"))).code).toBe(3)
    expect((await lab("project")).code).toBe(3)
  })
})
