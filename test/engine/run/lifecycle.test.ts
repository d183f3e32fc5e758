import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { type Lifecycle, runLifecycle } from "../../../engine/run/lifecycle.js"

it("closes the threads of a run whose journal cannot be opened", async () => {
  const out = await mkdtemp(join(tmpdir(), "maille-lifecycle-"))
  try {
    const begin = vi.fn()
    const close = vi.fn(async () => undefined)
    const life = { plan: { job: { out } }, pool: { close }, journal: "missing/journal.jsonl", begin }
    await expect(runLifecycle(life as unknown as Lifecycle, {}).next()).rejects.toMatchObject({ code: "ENOENT" })
    expect(close).toHaveBeenCalledOnce()
    expect(begin).not.toHaveBeenCalled()
  } finally {
    await rm(out, { recursive: true, force: true })
  }
})
