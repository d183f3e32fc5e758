import { describe, expect, it } from "vitest"
import { chooseKernels } from "../../../../engine/job/kernels/choose-kernels.js"
import type { LoadedKernel } from "../../../../engine/job/kernels/load-kernels.js"
import type { Kernel, KernelStage, Ports } from "../../../../engine/kernel.js"
import { buildChains } from "../../../../engine/plan/chains/build-chains.js"

const kernel = (
  id: `${string}.${string}`,
  stages: readonly KernelStage[],
  inputs: Ports,
  outputs: Ports,
  thirdParty = false,
): LoadedKernel => ({
  url: `file:///${id}.js`,
  ...(thirdParty ? { digest: id } : {}),
  kernel: {
    id,
    version: 1,
    summary: "",
    stages,
    inputs,
    outputs,
    options: {},
    halo: () => 5,
    memory: () => 0,
    run: () => ({}),
  } as Kernel,
})

const mesh = { kind: "mesh" } as const
const many = { kind: "mesh", many: true } as const
const blob = { kind: "blob" } as const
const points = { kind: "points" } as const
const maybe = { kind: "blob", optional: true } as const

/** The kernels of the whole model, as far as their ports matter. */
const table: readonly LoadedKernel[] = [
  kernel("raster.dtm", ["tile"], { points }, { dtm: { kind: "raster" } }),
  kernel("mesh.surface", ["tile"], { points }, { mesh }),
  kernel("mesh.terrain", ["model"], { points, "building-object": maybe, "deck-object": maybe }, { ground: mesh }),
  kernel(
    "mesh.building",
    ["model"],
    { "building-object": blob, "building-points": { kind: "blob", listed: true }, ground: mesh },
    { skin: mesh, solid: { kind: "solids" } },
  ),
  kernel("mesh.weld", ["model"], { ground: mesh, skin: mesh, crown: { kind: "mesh", optional: true } }, { mesh }),
  kernel("mesh.pyramid", ["parent"], { mesh: many }, { mesh }),
  kernel(
    "mesh.model-pyramid",
    ["parent"],
    { ground: many, solid: { kind: "solids", many: true, optional: true }, crown: { ...many, optional: true } },
    { mesh, ground: mesh, solid: { kind: "solids" }, crown: mesh },
  ),
  kernel("texture.drape", ["tile", "model", "parent"], { mesh }, { texture: { kind: "texture" } }),
  kernel(
    "vector.building",
    ["tile"],
    { points, dtm: { kind: "raster" } },
    { building: { kind: "features", geometry: "Polygon" }, "building-part": blob, "building-points": blob },
  ),
  kernel(
    "vector.building-join",
    ["job"],
    { "building-part": { kind: "blob", many: true } },
    { building: { kind: "features", geometry: "Polygon" }, "building-object": { kind: "shards" } },
  ),
]

const ids = (products: readonly string[], choice?: string, kernels = table): Record<string, string[]> => {
  const chosen = chooseKernels(kernels, products, choice)
  const names = (stage: readonly LoadedKernel[]): string[] => stage.map((loaded) => loaded.kernel.id)
  const { tile, job, model, parent } = chosen
  return { tile: names(tile), job: names(job), model: names(model), parent: names(parent) }
}

describe("the kernels of a job", () => {
  it("make the mesh in the way that the job names", () => {
    expect(ids(["mesh"], "surface")).toEqual({ tile: ["mesh.surface"], job: [], model: [], parent: ["mesh.pyramid"] })
    expect(ids(["mesh"], "ground")).toEqual({
      tile: [],
      job: [],
      model: ["mesh.terrain"],
      parent: ["mesh.model-pyramid"],
    })
    expect(ids(["mesh"], "model")).toEqual({
      tile: ["raster.dtm", "vector.building"],
      job: ["vector.building-join"],
      model: ["mesh.terrain", "mesh.building", "mesh.weld"],
      parent: ["mesh.model-pyramid"],
    })
  })

  it("run none of these ways where no mesh is asked for", () => {
    for (const choice of ["surface", "ground", "model"] as const) {
      expect(ids(["dtm"], choice)).toEqual({ tile: ["raster.dtm"], job: [], model: [], parent: [] })
      const vector = { tile: ["raster.dtm", "vector.building"], job: ["vector.building-join"], model: [], parent: [] }
      expect(ids(["vector"], choice)).toEqual(vector)
    }
  })

  it("drape the image in the stage that makes the mesh", () => {
    expect(ids(["texture"], "surface")).toMatchObject({ tile: ["mesh.surface", "texture.drape"], model: [] })
    expect(ids(["texture"], "ground")).toMatchObject({ tile: [], model: ["mesh.terrain", "texture.drape"] })
    expect(ids(["texture"], "model")["model"]).toContain("texture.drape")
    expect(ids(["texture"], "surface")["parent"]).toEqual(["mesh.pyramid", "texture.drape"])
    for (const choice of ["ground", "model"] as const)
      expect(ids(["texture"], choice)["parent"]).toEqual(["mesh.model-pyramid", "texture.drape"])
    // Whatever is shown as the mesh is what is draped.
    const { model, parent, shown, publish } = buildChains(table, ["texture"], {}, undefined, "ground")
    expect(model.map(({ id, takes }) => [id, takes])).toEqual([
      ["mesh.terrain", undefined],
      ["texture.drape", { mesh: "ground" }],
    ])
    expect(parent.every(({ takes }) => takes === undefined)).toBe(true)
    expect([shown, publish]).toEqual(["ground", ["mesh", "texture"]])
    // What the drape reads of images around the tile asks nothing of the terrain: its mesh is the
    // same without a texture.
    expect(model[0]).toMatchObject({ outputGrowth: 0, inputGrowth: 5 })
  })

  it("take an optional input where it is made, and ask for no maker", () => {
    const { model, shards, blobs } = buildChains(table, ["mesh"], {}, undefined, "model")
    expect(model.map(({ id }) => id)).toEqual(["mesh.terrain", "mesh.building", "mesh.weld"])
    expect(shards).toEqual(["building-object"])
    expect(blobs).toEqual(["building-part", "building-points"])
    expect(buildChains(table, ["mesh"], {}, undefined, "ground")).toMatchObject({ shards: [], blobs: [] })
    // What another product brings along changes no mesh.
    expect(buildChains(table, ["mesh", "vector"], {}, undefined, "ground")).toMatchObject({ shards: [], blobs: [] })
  })

  it("hand to parents what the way of the mesh names", () => {
    const handed = (choice: string): string[] =>
      chooseKernels(table, ["mesh"], choice).handed.map(({ name, kind }) => `${kind} ${name}`)
    expect(handed("surface")).toEqual(["mesh mesh"])
    expect(handed("ground")).toEqual(["mesh ground"])
    expect(handed("model")).toEqual(["mesh ground", "solids solid"])
    // A pyramid that must have "mesh" gets what is shown as such.
    const plain = table.map((loaded) =>
      loaded.kernel.id === "mesh.model-pyramid"
        ? kernel("mesh.model-pyramid", ["parent"], { mesh: many }, { mesh })
        : loaded,
    )
    expect(chooseKernels(plain, ["mesh"], "ground").handed).toEqual([{ name: "ground", kind: "mesh" }])
  })

  it("give way to a third-party kernel that makes a port of a tile", () => {
    const own = kernel("my.mesh", ["model"], { points, "building-object": blob }, { mesh }, true)
    const chosen = ids(["texture"], "surface", [...table, own])
    expect(chosen).toEqual({
      tile: ["raster.dtm", "vector.building"],
      job: ["vector.building-join"],
      model: ["texture.drape", "my.mesh"],
      parent: ["mesh.pyramid", "texture.drape"],
    })
  })

  it("on request run where the job names them or another kernel reads them", () => {
    const stream = { kind: "features", geometry: "LineString" } as const
    const flow = kernel("simulation.flow", ["tile"], { dtm: { kind: "raster" } }, { flow: { kind: "raster" }, stream })
    const quiet = { ...flow, kernel: { ...flow.kernel, onRequest: true as const } }
    const products = ["vector"]
    expect(ids(products, "surface", [...table, quiet])["tile"]).not.toContain("simulation.flow")
    expect(() => chooseKernels([...table, quiet], products, "surface", ["stream"])).toThrow(/layer "stream"/)
    const named = { ...quiet, named: true as const }
    expect(ids(products, "surface", [...table, named])["tile"]).toContain("simulation.flow")
    expect(chooseKernels([...table, named], ["dtm"]).publish).toEqual(["dtm", "flow", "stream"])
    const reader = kernel("my.flood", ["tile"], { flow: { kind: "raster" } }, { flood: { kind: "raster" } }, true)
    const chosen = chooseKernels([...table, quiet, reader], ["dtm"])
    expect(chosen.tile.map((one) => one.kernel.id)).toEqual(["raster.dtm", "simulation.flow", "my.flood"])
    expect(chosen.publish).toEqual(["dtm", "flood"])
  })

  it("of layers made of solids run with any mesh, and change none", () => {
    const roof = kernel(
      "vector.roof",
      ["model"],
      { solid: { kind: "solids" } },
      {
        roof: { kind: "features", geometry: "Polygon" },
      },
    )
    // As mesh.building, which asks for no mesh.
    const own = table.map((loaded) =>
      loaded.kernel.id === "mesh.building"
        ? kernel("mesh.building", ["model"], { "building-object": blob }, { skin: mesh, solid: { kind: "solids" } })
        : loaded,
    )
    const kernels = [...own, roof]
    for (const choice of ["surface", "ground"] as const) {
      const chosen = ids(["mesh", "vector"], choice, kernels)
      expect(chosen["model"]).toContain("mesh.building")
      expect(chosen["model"]).toContain("vector.roof")
      expect(chosen["parent"]).toEqual(ids(["mesh"], choice, kernels)["parent"])
    }
    const steps = buildChains(kernels, ["mesh", "vector"], {}, undefined, "ground").model
    expect(steps.find(({ id }) => id === "mesh.terrain")?.withheld).toEqual(["building-object"])
    expect(steps.find(({ id }) => id === "mesh.building")?.withheld).toBeUndefined()
    const model = buildChains(kernels, ["mesh", "vector"], {}, undefined, "model").model
    expect(model.every(({ withheld }) => withheld === undefined)).toBe(true)
  })

  it("of layers are those that the job names", () => {
    const layers = (...names: string[]): string[] => {
      const { tile, job, publish } = chooseKernels([...table, line], ["vector"], "model", names)
      return [...[...tile, ...job].map((loaded) => loaded.kernel.id), ...publish]
    }
    const line = kernel("vector.line", ["tile"], { points }, { line: { kind: "features", geometry: "LineString" } })
    expect(layers("line")).toEqual(["vector.line", "line"])
    expect(layers("building")).toEqual(["raster.dtm", "vector.building", "vector.building-join", "building"])
    expect(() => layers("roof")).toThrow(/layer "roof"/)
  })

  it("are refused where a port has no maker, two, or one in the wrong stage", () => {
    const reader = (inputs: Ports, stages: readonly KernelStage[] = ["tile"]): LoadedKernel =>
      kernel("my.reader", stages, inputs, { "my-quality": { kind: "metrics" } }, true)
    const choose = (...more: LoadedKernel[]): unknown => chooseKernels([...table, ...more], ["dtm"])
    expect(() => choose(reader({ nothing: blob }))).toThrow(
      /my\.reader: needs the port "nothing", which no kernel of the job makes/,
    )
    expect(() => choose(reader({ "building-object": blob }))).toThrow(
      /"building-object", which no kernel of the job makes/,
    )
    // Rasters are not handed to the second stage.
    expect(() => choose(reader({ dtm: { kind: "raster" } }, ["model"]))).toThrow(
      /"dtm", which no kernel of the job makes/,
    )
    const two = ["a.one", "a.two"].map((id) => kernel(id as "a.one", ["tile"], {}, { twice: blob }, true))
    expect(() => choose(...two)).toThrow(/a\.one and a\.two: both make the tile port "twice"/)
    expect(() => choose(reader({ "lost-part": { kind: "blob", many: true } }, ["job"]))).toThrow(/"lost-part"/)
  })

  it("are refused where they wait for each other", () => {
    const circle = [
      kernel("a.one", ["tile"], { b: blob }, { a: blob }, true),
      kernel("a.two", ["tile"], { a: blob }, { b: blob }, true),
    ]
    expect(() => buildChains([...table, ...circle], ["dtm"], {})).toThrow(/Break the circle/)
  })
})
