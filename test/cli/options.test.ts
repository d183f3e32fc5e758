import { Command } from "commander"
import { describe, expect, it } from "vitest"
import { addKernelOptions, type KernelValues, readKernelOptions, remedyOfFlag } from "../../cli/options.js"
import type { KernelOptions } from "../../engine/job/check-options.js"

const number = { type: "number", default: 1, min: 0, max: 9, unit: "m", help: "a length" } as const
const own: KernelOptions[] = [
  { id: "raster.top", options: { cell: { ...number, flag: true }, fill: number } },
  { id: "raster.low", options: { cell: { ...number, default: 2, flag: true } } },
  { id: "vector.house", options: { cell: number, size: number } },
  { id: "mesh.house", options: { size: number, walls: { type: "boolean", default: true, help: "walls" } } },
  { id: "vector.house-join", options: { gap: number } },
]

const read = (words: readonly string[], kernels = own): KernelValues => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  command.option("--fill-in", "a flag of the command's own")
  addKernelOptions(command, own)
  return readKernelOptions(command.parse(words, { from: "user" }).opts(), kernels)
}

describe("options of kernels on a command line", () => {
  it("have a flag where kernels declare one, which sets it in these only", () => {
    expect(read(["--cell", "3"])).toEqual({ "raster.top": { cell: 3 }, "raster.low": { cell: 3 } })
    expect(() => read(["--cell", "10"])).toThrow(/raster\.top.*from 0 to 9 m/)
    expect(() => read(["--fill", "3"])).toThrow(/unknown option '--fill'/)
    expect(() => read(["--no-walls"])).toThrow(/unknown option '--no-walls'/)
  })

  it("are named with --set where their flag is unknown", () => {
    expect(remedyOfFlag("--size", own)).toMatch(
      /^size is an option of vector\.house, mesh\.house\. .* --set vector\.house\.size=/,
    )
    expect(remedyOfFlag("--no-walls", own)).toMatch(/--set mesh\.house\.walls=VALUE/)
    expect(remedyOfFlag("--nothing", own)).toBeUndefined()
    expect(remedyOfFlag("--constructor", own)).toBeUndefined()
  })

  it("of kernels of the user's own have that flag too, and no other", () => {
    const third = { id: "my.kernel", options: { cell: { ...number, flag: true as const }, fillIn: number } }
    const values = read(["--cell", "3", "--fill-in"], [...own, third])
    expect(values).toEqual({ "raster.top": { cell: 3 }, "raster.low": { cell: 3 }, "my.kernel": { cell: 3 } })
  })

  it("are set one by one, by a kernel's whole name or its last part, and win over the flag", () => {
    const words = ["--set", "raster.top.fill=4", "--set", "low.cell=5", "--cell", "3", "--set", "house.walls=false"]
    expect(read(words)).toEqual({
      "raster.top": { cell: 3, fill: 4 },
      "raster.low": { cell: 5 },
      "mesh.house": { walls: false },
    })
    // Of two kernels of that name only one has it.
    expect(read(["--set", "house.cell=3"])).toEqual({ "vector.house": { cell: 3 } })
  })

  it("are refused where two kernels of a name have one, with both names", () => {
    expect(() => read(["--set", "house.size=3"])).toThrow(
      '--set: "house.size" is not valid; expected one kernel of vector.house, mesh.house.',
    )
    expect(read(["--set", "mesh.house.size=3"])).toEqual({ "mesh.house": { size: 3 } })
  })

  it.each([
    ["house.sise=3", /unknown option of vector\.house and mesh\.house "sise"\. Did you mean "size"\?/],
    ["vector.house.gap=3", /unknown option of vector\.house "gap"\. Did you mean "vector\.house-join\.gap"\?/],
    ["hause.size=3", /unknown kernel "hause"\. Did you mean "house"\?/],
    ["foo.size=3", /unknown kernel "foo"\. Known: top, low, house, house-join\./],
    ["mesh.hause.size=3", /unknown kernel "mesh\.hause"\. Did you mean "mesh\.house"\?/],
    ["size=3", /expected kernel\.option=value/],
    ["low.cell=many", /--set raster\.low\.cell: "many" is not valid; expected a number from 0 to 9 m/],
  ])("are refused with what was meant: %s", (text, message) => {
    expect(() => read(["--set", text])).toThrow(message)
  })
})
