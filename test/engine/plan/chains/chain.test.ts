import { describe, expect, it } from "vitest"
import { type LoadedKernel, loadKernels } from "../../../../engine/job/kernels/load-kernels.js"
import type { Kernel, PointsPort } from "../../../../engine/kernel.js"
import { buildChains } from "../../../../engine/plan/chains/build-chains.js"
import { finestSpacing, pointClasses } from "../../../../engine/plan/chains/chain.js"

const kernel = (id: `${string}.${string}`, spacing?: PointsPort["spacing"]): LoadedKernel => ({
  url: `file:///${id}.js`,
  digest: id,
  kernel: {
    id,
    version: 1,
    summary: "",
    inputs: { points: { kind: "points", ...(spacing ? { spacing } : {}) } },
    outputs: { [id]: { kind: "metrics" } },
    options: { cell: { type: "number", default: 0.4, help: "" } },
    halo: () => 0,
    memory: () => 0,
    run: () => ({}),
  } as Kernel,
})

describe("the spacing of a points port", () => {
  const stating = kernel("a.half", ({ cell }) => Number(cell) / 2)
  const wantingAll = kernel("b.all", () => 0)
  const silent = kernel("c.silent")

  const spacings = (kernels: LoadedKernel[], spacing?: number): unknown[] =>
    buildChains(kernels, [], {}, spacing).tile.map((step) => step.spacing?.["points"])

  it("is what the kernel states of its options, else the job's, else none", () => {
    expect(spacings([stating, wantingAll, silent])).toEqual([0.2, undefined, undefined])
    expect(spacings([stating, wantingAll, silent], 1.5)).toEqual([0.2, undefined, 1.5])
    const finer = buildChains([stating], [], { "a.half": { cell: 0.1234 } })
    expect(finer.tile[0]?.spacing).toEqual({ points: 0.062 })
  })

  it("is refused where it is no distance", () => {
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => buildChains([kernel("a.b", () => wrong)], [], {})).toThrow(/a\.b: spacing/)
  })

  it("says how much is read: the finest, or every point where one port wants that", () => {
    const finest = (kernels: LoadedKernel[], spacing?: number): number | undefined => {
      const { tile } = buildChains(kernels, [], {}, spacing)
      return finestSpacing(tile, (id) => kernels.find((one) => one.kernel.id === id)?.kernel)
    }
    expect(finest([stating, silent], 1.5)).toBe(0.2)
    expect(finest([stating, silent])).toBeUndefined()
    expect(finest([stating, wantingAll], 1.5)).toBeUndefined()
    expect(finest([])).toBeUndefined()
  })
})

describe("the classes that are held", () => {
  const taking = (id: `${string}.${string}`, classes?: number[], spacing?: PointsPort["spacing"]): LoadedKernel => {
    const { kernel: whole, ...loaded } = kernel(id)
    const points = { kind: "points", ...(classes ? { classes } : {}), ...(spacing ? { spacing } : {}) }
    return { ...loaded, kernel: { ...whole, inputs: { points } } as Kernel }
  }
  const held = (kernels: LoadedKernel[], keepPoints?: number): readonly number[] | undefined => {
    const chains = { tile: buildChains(kernels, [], {}).tile, model: [] }
    const kernelOf = (id: string): Kernel | undefined => kernels.find((one) => one.kernel.id === id)?.kernel
    return pointClasses({ chains, ...(keepPoints === undefined ? {} : { keepPoints }) }, kernelOf)
  }
  const [ground, roofs] = [taking("a.ground", [66, 2]), taking("b.roofs", [6, 2])]

  it("are those that some port takes", () => {
    expect(held([ground])).toEqual([2, 66])
    expect(held([ground, roofs])).toEqual([2, 6, 66])
    expect(held([])).toEqual([])
  })

  it("are given last to the kernels that take most of them unthinned", () => {
    const kernels = [taking("a.any"), taking("b.three", [2, 5, 6]), ground, roofs, taking("d.thin", undefined, () => 1)]
    const { tile } = buildChains(kernels, [], {})
    expect(tile.map(({ id }) => id)).toEqual(["d.thin", "a.ground", "b.roofs", "b.three", "a.any"])
  })

  it("are all where a port takes any, and where they are kept for looking at", () => {
    expect(held([ground, taking("c.any")])).toBeUndefined()
    expect(held([ground, taking("c.thinned", [6], () => 1)])).toEqual([2, 6, 66])
    expect(held([ground], 0.5)).toBeUndefined()
  })
})

describe("the kernels of this project", () => {
  it("thin no port to cells that are wide: whole cells are read, around the tile too", async () => {
    const wide: string[] = []
    const kernels = await loadKernels([])
    expect(kernels.length).toBeGreaterThan(20)
    for (const { kernel } of kernels) {
      const values = Object.fromEntries(Object.entries(kernel.options).map(([name, option]) => [name, option.default]))
      for (const [name, port] of Object.entries(kernel.inputs))
        if (port.kind === "points" && (port.spacing?.(values) ?? 0) > 4) wide.push(`${kernel.id} ${name}`)
    }
    expect(wide).toEqual([])
  })
})

describe("the halo of a kernel that reads cells around", () => {
  it("is told the side of the cells by the kernel that makes them, with the job's options", () => {
    const maker = kernel("a.raster")
    const reader = kernel("b.reader")
    const kernels: LoadedKernel[] = [
      {
        ...maker,
        kernel: { ...maker.kernel, outputs: { heights: { kind: "raster", cell: ({ cell }) => Number(cell) } } },
      },
      {
        ...reader,
        kernel: {
          ...reader.kernel,
          inputs: { heights: { kind: "raster" } },
          halo: (_, cells) => 3 * (cells?.["heights"] ?? Number.NaN),
        },
      },
    ]
    const growths = (cell?: number): (number | undefined)[] =>
      buildChains(kernels, [], cell === undefined ? {} : { "a.raster": { cell } }).tile.map(
        ({ outputGrowth }) => outputGrowth,
      )
    expect(growths()[0]).toBeCloseTo(1.2)
    expect(growths(5)).toEqual([15, 0])
  })
})
