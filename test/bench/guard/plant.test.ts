import { describe, expect, it } from "vitest"
import { slowDown } from "../../../bench/guard/plant.js"

const kernel = `const defineKernel = (kernel) => kernel
export default defineKernel({
    id: "test.spin",
    version: 3,
    run(tile) { let sum = tile; for (let i = 0; i < 3e7; i++) sum = (sum * 31 + i) | 0; return { sum }; },
})
`
interface Spin {
  id: string
  version: number
  run(tile: number): { sum: number }
}
const load = async (text: string): Promise<Spin> =>
  ((await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as { default: Spin }).default

describe("slowDown", () => {
  it("makes a kernel cost more by the share and changes nothing else", async () => {
    const [plain, planted] = [await load(kernel), await load(slowDown(kernel, 0.5))]
    expect(planted).toMatchObject({ id: "test.spin", version: 3 })
    const cost = (spin: Spin): number => {
      const start = process.cpuUsage()
      spin.run(7)
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    expect(planted.run(7)).toEqual(plain.run(7))
    // The lowest of several: compilation and other programs only add.
    const ratio = lowest(() => cost(planted)) / lowest(() => cost(plain))
    expect(ratio).toBeGreaterThan(1.35)
    expect(ratio).toBeLessThan(1.7)
  })

  it("refuses a file that is no kernel", () => {
    expect(() => slowDown("export default 1", 0.3)).toThrow(/expected one "export default defineKernel\("/)
  })
})

const lowest = (measure: () => number): number => Math.min(...Array.from({ length: 9 }, measure))
