/**
 * Every built-in kernel is pure: two runs on the same inputs give equal results and leave the
 * inputs as they were, by the contract and by the public `runKernel`.
 */
import { expect, test, vi } from "vitest"
import { loadKernel } from "../../bench/kernels/call-kernel.js"
import rows from "../../bench/kernels/table.js"
import { checksumOf } from "../../bench/product/checksum.js"
import type { KernelCall } from "../../bench/product/tile-calls.js"
import { decodeBlob, encodeBlob } from "../../engine/core/blob.js"
import { runKernel } from "../../engine/library/kernels.js"
import { createArena } from "../../engine/worker/thread-use.js"
import { kernelTable } from "../../kernels/index.js"

type Run = () => unknown

/** Checks that all runs give equal results and that none changes the inputs. */
const expectPure = async (inputs: unknown, runs: readonly Run[]): Promise<void> => {
  const before = checksumOf(inputs)
  let first: string | undefined
  for (const [k, run] of runs.entries()) {
    const result = checksumOf(await run())
    expect(checksumOf(inputs), `inputs after run ${k + 1}`).toBe(before)
    first ??= result
    expect(result, `result of run ${k + 1}`).toBe(first)
  }
}

/** The call that a benchmark repeats: the work of its kernel on a made tile. */
const captureCall = async (id: string): Promise<KernelCall> => {
  const prepared = await rows.find(({ name }) => name === id)?.setup()
  if (prepared === undefined || typeof prepared === "string") throw new Error(`${id}: ${prepared ?? "no benchmark"}`)
  const kernel = await loadKernel(id)
  const run = vi.spyOn(kernel, "run").mockImplementation(() => {
    throw new Error("captured")
  })
  expect(() => prepared.run()).toThrow("captured")
  const [tile, inputs, options] = run.mock.calls[0] as never as [KernelCall["tile"], KernelCall["inputs"], object]
  run.mockRestore()
  return { kernel, tile, inputs, options: options as KernelCall["options"] }
}

const callDirectly =
  ({ kernel, tile, inputs, options }: KernelCall): Run =>
  () =>
    kernel.run(tile, inputs as never, options as never, createArena())

const callByLibrary = ({ kernel, tile, inputs, options }: KernelCall): Run => {
  const { cell: box = [0, 0, 1000, 1000], epsg = 2154, key = "0/0/0", step = 1, sources, region } = tile
  const facts = { key, step, ...(sources && { sources }), ...(region && { region }) }
  const stated = Object.entries(kernel.inputs).map(([name, { kind }]) => {
    const none = kind === "blob" ? new Uint8Array(0) : kind === "mesh" ? { positions: [], triangles: [] } : undefined
    return [name, inputs[name] ?? none]
  })
  const request = { box, epsg, options: options as Record<string, number>, tile: facts }
  return () => runKernel(kernel, Object.fromEntries(stated) as Record<string, unknown>, request)
}

/** `runKernel` cuts their points and rasters to another extent than the benchmark's. */
const otherExtent = /^(points|raster|vector\.(artificial|bridge)$|mesh\.vegetation)/

test.each(Object.keys(kernelTable))("%s twice", async (id) => {
  const call = await captureCall(id)
  const data = [call.tile, call.inputs, call.options]
  const [direct, byLibrary] = [callDirectly(call), callByLibrary(call)]
  if (!otherExtent.test(id)) return expectPure(data, [direct, direct, byLibrary])
  await expectPure(data, [direct, direct])
  await expectPure(data, [byLibrary, byLibrary])
})

test("a kernel that writes into an input or remembers a run is found", async () => {
  const blob = encodeBlob("TST1", { values: new Float32Array([1, 2, 3]) })
  const writes = (): unknown => {
    const { values } = decodeBlob<{ values: Float32Array }>("TST1", blob, "test")
    values[1] = 7
    return values.slice()
  }
  await expect(expectPure(blob, [writes, writes])).rejects.toThrow("inputs after run 1")
  let runs = 0
  await expect(expectPure(blob, [() => runs++, () => runs++])).rejects.toThrow("result of run 2")
})
