import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { movedPoints } from "../../../bench/buildings/delft-copies.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { readPoints } from "../../../engine/formats/points/read-points.js"
import type { Points } from "../../../engine/kernel.js"

const folder = mkdtempSync(join(tmpdir(), "maille-copies-"))
afterAll(() => rmSync(folder, { recursive: true }))

it("moves a point file in plan, its box too", async () => {
  const points: Points = {
    count: 3,
    x: Int32Array.of(0, 4000, 2500),
    y: Int32Array.of(1000, 0, 7125),
    z: Int32Array.of(170000, 171500, 168000),
    classification: Uint8Array.of(2, 6, 2),
    scale: 0.001,
    origin: [842000, 6520000, 0],
  }
  const file = Buffer.from(encodeLas(points, { pointFormat: 6, epsg: 2154, scale: 0.001 }))
  const read = async (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes)
    return (await readPoints([join(folder, name)])).points
  }
  const moved = await read("moved.las", movedPoints(file, [300, 600]))
  const own = await read("own.las", file)
  expect(moved.origin).toEqual([own.origin[0] + 300, own.origin[1] + 600, own.origin[2]])
  for (const column of ["x", "y", "z", "classification"] as const) expect(moved[column]).toEqual(own[column])
})
