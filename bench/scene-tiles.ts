import { Box2 } from "../engine/core/box.js"
import { gatherPoints } from "../engine/formats/las/gather.js"
import { buildChains } from "../engine/job/build-chains.js"
import type { ChainStep } from "../engine/job/chain.js"
import { type LoadedKernel, loadKernels } from "../engine/job/load-kernels.js"
import { defaultMesh, meshChoices, meshPresets } from "../engine/job/mesh-presets.js"
import type { Image, Kernel, Port, Scope, Shard, Tile, View } from "../engine/kernel.js"
import { createArena } from "../engine/pool/scratch.js"
import { type FullPoints, selectPoints } from "../engine/pool/select-points.js"
import { renderOrtho } from "../fixtures/sample/ortho.js"
import { type ScanPoints, scanScene } from "../fixtures/sample/scan.js"
import { makeScene, type Scene } from "../fixtures/sample/scene.js"
import { sceneViews, viewRenderer } from "../fixtures/sample/views.js"
import { sourceTiles } from "../fixtures/sample/write-sample.js"

/** A kernel with everything for one run: what the engine would hand it on a tile of the synthetic scene. */
export interface KernelCall {
  readonly kernel: Kernel
  readonly tile: Tile
  readonly inputs: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Prepares a kernel's call on the synthetic scene: on the 100 m tile at its north-west for a kernel of scope "tile" or "model", on the four
 * tiles' results for one of scope "parent", "square" or "job". The kernels before it are run with their default options.
 */
export const prepareCall = async (id: string): Promise<KernelCall> => {
  const kernels = await loadKernels()
  const target = kernels.find(({ kernel }) => kernel.id === id)
  if (target === undefined) throw new Error(`there is no kernel ${id}`)
  const scope: Scope = (target.kernel.scopes ?? ["tile"])[0] ?? "tile"
  const scene = makeScene()
  // The first way to make the mesh that has the kernel: the default one where no other has. Not all products can be made with another.
  const mesh = meshChoices.find((choice) => meshPresets[choice].makers.includes(id)) ?? defaultMesh
  const products = mesh === defaultMesh ? everyProduct(kernels) : Object.keys(target.kernel.outputs)
  const chains = buildChains(kernels, products, {}, undefined, mesh)
  const cells = sourceTiles(scene)
  const step = chains[scope].find((candidate) => candidate.id === id)
  if (step === undefined) throw new Error(`kernel ${id} is not in the ${scope} chain`)
  for (const { kernel } of kernels) await kernel.prepare?.()
  const run: SceneRun = { scene, points: scanScene(scene), kernels, arena: createArena() }
  const north = cells[2] as Box2
  if (scope === "tile")
    return callOf(target.kernel, step, north, 1, await runTile(run, chains.tile, north, new Map(), id))
  const tiles: Values[] = []
  for (const cell of cells) tiles.push(await runTile(run, chains.tile, cell, new Map()))
  if (scope === "square") return callOf(target.kernel, step, scene.box, 2, gathered(target.kernel, tiles))
  if (scope === "job") {
    // All of the scene lies in one square.
    const made = [...tiles, runSquare(run, chains.square, tiles)]
    return callOf(target.kernel, step, scene.box, 2, gathered(target.kernel, made))
  }
  const job = runJob(run, chains.job, tiles)
  if (scope === "model") {
    const values = await runTile(run, chains.model, north, handedOn(north, cells, tiles, job), id)
    return callOf(target.kernel, step, north, 1, values)
  }
  const models: Values[] = []
  for (const cell of cells) models.push(await runTile(run, chains.model, cell, handedOn(cell, cells, tiles, job)))
  const made = models.map((values, i) => new Map([...(tiles[i] ?? []), ...values]))
  return callOf(target.kernel, step, scene.box, 2, gathered(target.kernel, made))
}

type Values = ReadonlyMap<string, unknown>

/** What all tiles of the scene are made from. */
interface SceneRun {
  readonly scene: Scene
  readonly points: ScanPoints
  readonly kernels: readonly LoadedKernel[]
  readonly arena: ReturnType<typeof createArena>
}

/** Values of several tiles for a kernel's ports "many". */
const gathered = (kernel: Kernel, tiles: readonly Values[]): Map<string, unknown> =>
  new Map(
    Object.keys(kernel.inputs).map((name) => [
      name,
      tiles.map((tile) => tile.get(name)).filter((value) => value !== undefined),
    ]),
  )

/** What the kernels of scope "square" make of all tiles. */
const runSquare = (run: SceneRun, steps: readonly ChainStep[], tiles: readonly Values[]): Values => {
  const values = new Map<string, unknown>()
  for (const step of steps) {
    const kernel = run.kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    if (kernel === undefined) continue
    const call = callOf(kernel, step, run.scene.box, 2, gathered(kernel, tiles))
    const made = kernel.run(call.tile, call.inputs as never, call.options as never, run.arena)
    for (const [name, value] of Object.entries(made)) values.set(name, value)
    run.arena.reset()
  }
  return values
}

/** The shards that the job's kernels make of all tiles, by port. */
const runJob = (
  run: SceneRun,
  steps: readonly ChainStep[],
  tiles: readonly Values[],
): Map<string, readonly Shard[]> => {
  const shards = new Map<string, readonly Shard[]>()
  for (const step of steps) {
    const kernel = run.kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    if (kernel === undefined) continue
    if (!Object.values(kernel.outputs).some(({ kind }) => kind === "shards")) continue
    const call = callOf(kernel, step, run.scene.box, 2, gathered(kernel, tiles))
    const made = kernel.run(call.tile, call.inputs as never, call.options as never, run.arena)
    for (const [name, port] of Object.entries(kernel.outputs))
      if (port.kind === "shards") shards.set(name, (made as Record<string, readonly Shard[]>)[name] ?? [])
    run.arena.reset()
  }
  return shards
}

/** What the model stage of a cell finds: blobs of its own tile, its shards, and the blobs of the tiles that they list under "name listed". */
const handedOn = (
  cell: Box2,
  cells: readonly Box2[],
  tiles: readonly Values[],
  job: ReadonlyMap<string, readonly Shard[]>,
): Map<string, unknown> => {
  const values = new Map<string, unknown>(tiles[cells.indexOf(cell)])
  const reads = new Set<string>()
  for (const [name, shards] of job) {
    const own = shards.find(({ key }) => key === keyOf(cell))
    values.set(name, own?.bytes ?? new Uint8Array(0))
    for (const key of own?.reads ?? []) reads.add(key)
  }
  const listed = cells.flatMap((other, i) => (reads.has(keyOf(other)) ? [tiles[i] as Values] : []))
  for (const name of new Set(tiles.flatMap((tile) => [...tile.keys()])))
    values.set(
      `${name} listed`,
      listed.flatMap((tile) => tile.get(name) ?? []),
    )
  return values
}

const keyOf = (cell: Box2): string => {
  const side = cell[2] - cell[0]
  return `1/${cell[0] / side}/${cell[1] / side}`
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
  inputs: inputsOf(kernel, values),
  options: step.options,
})

const inputsOf = (kernel: Kernel, values: Values): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(kernel.inputs).map(([name, port]) => [
      name,
      values.get(port.kind === "blob" && port.listed ? `${name} listed` : name),
    ]),
  )

const tileOf = (step: ChainStep, cell: Box2, side: number): Tile => ({
  key: side === 1 ? keyOf(cell) : "0/0/0",
  cell,
  core: Box2.grow(cell, step.outputGrowth),
  extent: Box2.grow(cell, step.inputGrowth),
  origin: [cell[0], cell[1], 0],
  step: side,
  epsg: 2154,
})

/** Runs a chain of tiles on a cell, as far as the inputs of `upTo` when given; values by port name, those inputs and `given` ones among them. */
const runTile = async (
  { scene, points: scan, kernels, arena }: SceneRun,
  steps: readonly ChainStep[],
  cell: Box2,
  given: Values,
  upTo?: string,
): Promise<Map<string, unknown>> => {
  const reach = Math.max(0, ...steps.map((step) => step.inputGrowth))
  const { points } = await gatherPoints([memorySource(scan)], Box2.grow(cell, reach), [cell[0], cell[1], 0])
  const values = new Map<string, unknown>(given)
  for (const step of steps) {
    const kernel = kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    if (kernel === undefined) continue
    const tile = tileOf(step, cell, 1)
    for (const [name, port] of Object.entries(kernel.inputs)) {
      if (port.kind === "points" || port.kind === "image" || port.kind === "views") {
        values.set(name, readPort(scene, points as FullPoints, port, tile, step))
      }
    }
    if (step.id === upTo) break
    const inputs = inputsOf(kernel, values)
    for (const [name, value] of Object.entries(kernel.run(tile, inputs as never, step.options as never, arena))) {
      values.set(name, value)
    }
    arena.reset()
  }
  return values
}

const readPort = (scene: Scene, points: FullPoints, port: Port, tile: Tile, step: ChainStep): unknown => {
  if (port.kind === "points") return selectPoints(points, port, tile.extent)
  if (port.kind === "views") return sceneWindows(scene)
  return port.kind === "image" && !port.optional
    ? sceneImage(scene, tile.extent, port.resolution(tile, step.options))
    : undefined
}

/** The scene from two rings of cameras, whole frames. */
const sceneWindows = (scene: Scene): View[] => {
  const render = viewRenderer(scene)
  return sceneViews(scene, { width: 480, height: 360 }).map((view) => {
    const { shot, gain, bias } = view
    return { shot, gain, bias, data: render(view) }
  })
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
