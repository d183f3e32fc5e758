import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { indexSolids } from "../../../engine/check/solid-index.js"
import { encodeCitySequence } from "../../../engine/formats/cityjson/encode-city.js"
import { facts, origin, scene } from "../../scenes/solids-scene.js"

const folder = mkdtempSync(join(tmpdir(), "maille-solids-"))
afterAll(() => rmSync(folder, { recursive: true }))

it("tells what lies at a bridge, also from a box beside it, and that a bridge is no building", async () => {
  const path = join(folder, "building.city.jsonl")
  writeFileSync(path, encodeCitySequence([scene()], facts))
  const solids = await indexSolids(path)
  expect(solids.buildings).toBe(2)
  const [x, y] = origin
  // The bridge lies over 30 m by 6 m from (0, 60); this box ends 0.5 m before it.
  const { atBridge, outline } = await solids.within([x, y, x + 50, y + 59.5], 0.75)
  expect(atBridge(15, 63, 0)).toBe(true)
  expect(atBridge(15, 59.5, 0.75)).toBe(true)
  expect(atBridge(15, 59.5, 0.25)).toBe(false)
  expect(atBridge(31, 63, 0.75)).toBe(false)
  expect(outline(15, 63, 0.5).row).toBe(-1)
  const far = await solids.within([x, y, x + 50, y + 50], 0.75)
  expect(far.atBridge(15, 63, 0)).toBe(false)
})
