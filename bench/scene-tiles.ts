import { Box2 } from "../engine/core/box.js"
import { gatherPoints } from "../engine/formats/las/gather.js"
import { buildChains, type ChainStep } from "../engine/job/chain.js"
import { type LoadedKernel, loadKernels } from "../engine/job/load-kernels.js"
import type { Image, Kernel, Port, Scope, Tile } from "../engine/kernel.js"
import { createArena } from "../engine/pool/scratch.js"
import { type FullPoints, selectPoints } from "../engine/pool/select-points.js"
import { renderOrtho } from "../fixtures/ortho.js"
import { type ScanPoints, scanScene } from "../fixtures/scan.js"
import { makeScene, type Scene } from "../fixtures/scene.js"
import { sourceTiles } from "../fixtures/write-sample.js"

/** A kernel with everything for one run: what the engine would hand it on a tile of the synthetic scene. */
export interface KernelCall {
  readonly kernel: Kernel
  readonly tile: Tile
  readonly inputs: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Prepares a kernel's call on the synthetic scene: on the 100 m tile at its north-west for a kernel of scope "tile", on the four
 * tiles' results for one of scope "parent" or "job". The kernels before it in the chain are run with their default options.
 */
export const prepareCall = async (id: string): Promise<KernelCall> => {
  const kernels = await loadKernels()
  const target = kernels.find(({ kernel }) => kernel.id === id)
  if (target === undefined) throw new Error(`there is no kernel ${id}`)
  const scope: Scope = (target.kernel.scopes ?? ["tile"])[0] ?? "tile"
  const scene = makeScene()
  const chains = buildChains(kernels, everyProduct(kernels), {})
  const cells = sourceTiles(scene)
  const step = chains[scope].find((candidate) => candidate.id === id)
  if (step === undefined) throw new Error(`kernel ${id} is not in the ${scope} chain`)
  for (const { kernel } of kernels) await kernel.prepare?.()
  const points = scanScene(scene)
  if (scope === "tile") {
    const cell = cells[2] as Box2
    return callOf(target.kernel, step, cell, 1, await runTile(scene, points, kernels, chains.tile, cell, id))
  }
  const values: ReadonlyMap<string, unknown>[] = []
  for (const cell of cells) values.push(await runTile(scene, points, kernels, chains.tile, cell))
  const many = new Map(
    Object.keys(target.kernel.inputs).map((name) => [
      name,
      values.map((tile) => tile.get(name)).filter((v) => v !== undefined),
    ]),
  )
  return callOf(target.kernel, step, scene.box, 2, many)
}

const everyProduct = (kernels: readonly LoadedKernel[]): string[] => [
  ...new Set(kernels.flatMap(({ kernel }) => Object.keys(kernel.outputs))),
]

const callOf = (
  kernel: Kernel,
  step: ChainStep,
  cell: Box2,
  side: number,
  values: ReadonlyMap<string, unknown>,
): KernelCall => ({
  kernel,
  tile: tileOf(step, cell, side),
  inputs: Object.fromEntries(Object.keys(kernel.inputs).map((name) => [name, values.get(name)])),
  options: step.options,
})

const tileOf = (step: ChainStep, cell: Box2, side: number): Tile => ({
  key: "0/0/0",
  cell,
  core: Box2.grow(cell, step.outputGrowth),
  extent: Box2.grow(cell, step.inputGrowth),
  origin: [cell[0], cell[1], 0],
  step: side,
  epsg: 2154,
})

/** Runs the tile chain on a cell, as far as the inputs of `upTo` when given; values by port name, those inputs among them. */
const runTile = async (
  scene: Scene,
  scan: ScanPoints,
  kernels: readonly LoadedKernel[],
  steps: readonly ChainStep[],
  cell: Box2,
  upTo?: string,
): Promise<Map<string, unknown>> => {
  const reach = Math.max(...steps.map((step) => step.inputGrowth))
  const { points } = await gatherPoints([memorySource(scan)], Box2.grow(cell, reach), [cell[0], cell[1], 0])
  const values = new Map<string, unknown>()
  const arena = createArena()
  for (const step of steps) {
    const kernel = kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    if (kernel === undefined) continue
    const tile = tileOf(step, cell, 1)
    for (const [name, port] of Object.entries(kernel.inputs)) {
      if (port.kind === "points" || port.kind === "image") {
        values.set(name, readPort(scene, points as FullPoints, port, tile, step))
      }
    }
    if (step.id === upTo) break
    const inputs = Object.fromEntries(Object.keys(kernel.inputs).map((name) => [name, values.get(name)]))
    for (const [name, value] of Object.entries(kernel.run(tile, inputs as never, step.options as never, arena))) {
      values.set(name, value)
    }
    arena.reset()
  }
  return values
}

const readPort = (scene: Scene, points: FullPoints, port: Port, tile: Tile, step: ChainStep): unknown => {
  if (port.kind === "points") return selectPoints(points, port, tile.extent)
  return port.kind === "image" ? sceneImage(scene, tile.extent, port.resolution(tile, step.options)) : undefined
}

/** The scene's orthophoto with alpha, opaque everywhere: the scene's formulas hold beyond its box. */
export const sceneImage = (scene: Scene, box: Box2, pixel: number): Image => {
  const ortho = renderOrtho(scene, { box, pixel })
  const data = new Uint8Array(ortho.width * ortho.height * 4).fill(255)
  for (let i = 0; i < ortho.width * ortho.height; i++) data.set(ortho.data.subarray(i * 3, i * 3 + 3), i * 4)
  return { width: ortho.width, height: ortho.height, box, data }
}

/** Points in memory as the reader of a file gives them: in one chunk, relative to the asked origin. */
const memorySource = (points: ScanPoints): Parameters<typeof gatherPoints>[0][number] => ({
  async *read(query) {
    const shift = (values: Int32Array, axis: 0 | 1 | 2): Int32Array => {
      const by = Math.round((points.origin[axis] - query.origin[axis]) * 1000)
      return values.map((value) => value + by)
    }
    yield { ...points, x: shift(points.x, 0), y: shift(points.y, 1), z: shift(points.z, 2) }
  },
})
