import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { EndRecord } from "../../../engine/journal/journal-record.js"
import type { Plan } from "../../../engine/plan/plan.js"
import { withExistingFormer } from "../../../engine/run/keep-end.js"

it("a task that fails keeps its former result while the products of that are there, whatever became of its work files", async () => {
  const out = await mkdtemp(join(tmpdir(), "maille-keep-end-"))
  const plan = { job: { out } } as Plan
  const base = { type: "end", key: "18/1/2", stage: "tile", hash: "a", points: 0, timeMs: 0, peakBytes: 0 } as const
  const files = ["product.tif", ".work/blob.bin"].map((path) => ({ path, sha256: "", sizeBytes: 3 }))
  const good: EndRecord = { ...base, outcome: "done", files }
  const failed: EndRecord = { ...base, outcome: "failed", files: [] }
  await writeFile(join(out, "product.tif"), "abc")
  expect((await withExistingFormer(plan, failed, good)).former?.files).toEqual(files)
  await rm(join(out, "product.tif"))
  expect(await withExistingFormer(plan, failed, good)).toEqual(failed)
  await rm(out, { recursive: true })
})
