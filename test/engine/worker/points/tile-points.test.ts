import { describe, expect, it } from "vitest"
import { thinPoints } from "../../../../engine/formats/points/thin.js"
import type { FullPoints, Kernel, PointsPort } from "../../../../engine/kernel.js"
import type { ChainStep } from "../../../../engine/plan/chains/chain.js"
import { PointTable } from "../../../../engine/worker/points/point-table.js"
import { thinForPorts } from "../../../../engine/worker/points/tile-points.js"
import type { WorkerState } from "../../../../engine/worker/worker-state.js"

const count = 2000
/** A row of cells of 1 m from the south-west, in canonical order. */
const all: FullPoints = {
  count,
  scale: 0.001,
  origin: [100, 200, 0],
  x: Int32Array.from({ length: count }, (_, i) => i * 10),
  y: Int32Array.from({ length: count }, (_, i) => (i * 37) % 1000),
  z: Int32Array.from({ length: count }, (_, i) => i),
  classification: Uint8Array.from({ length: count }, (_, i) => [2, 6][i % 2] ?? 0),
  returnNumber: new Uint8Array(count).fill(1),
  numberOfReturns: new Uint8Array(count).fill(1),
  intensity: Uint16Array.from({ length: count }, (_, i) => i),
  gpsTime: Float64Array.from({ length: count }, (_, i) => 1e8 + i),
}

const table = new PointTable(all)

const port: PointsPort = { kind: "points", attributes: ["intensity"] }

/** What {@link thinForPorts} looks at: one kernel a spacing. */
const stateOf = (...spacings: readonly (number | undefined)[]): [WorkerState, ChainStep[]] =>
  stateWith([port], spacings)

const stateWith = (
  ports: readonly PointsPort[],
  spacings: readonly (number | undefined)[],
): [WorkerState, ChainStep[]] => {
  const tile = spacings.map((spacing, i) => ({
    id: `kernel.${i}`,
    ...(spacing === undefined ? {} : { spacing: { points: spacing } }),
  }))
  const kernels = new Map(
    tile.map(({ id }, i) => [id, { inputs: { points: ports[i % ports.length] } } as unknown as Kernel]),
  )
  return [{ kernels, context: {} } as unknown as WorkerState, tile as unknown as ChainStep[]]
}

const extent = [100, 200, 200, 300] as const
const heights = (spacing: number | undefined, ...others: readonly (number | undefined)[]): number[] => {
  const points = thinForPorts(...stateOf(spacing, ...others), table)
  const selected = points.get(spacing)!.select(port, extent)
  expect([...(selected.intensity ?? [])]).toEqual([...selected.z])
  return [...selected.z]
}

describe("the points of a tile's ports", () => {
  const expected = (spacing: number): number[] => {
    const kept = thinPoints(all, spacing)
    return [...all.z].filter((_, i) => kept[i] === 1)
  }

  it("are those that the port's spacing keeps of all that were read, whatever the other ports take", () => {
    for (const spacing of [0.5, 1, 3]) {
      expect(expected(spacing).length).toBeLessThan(count / 4)
      for (const others of [[], [spacing], [0.25], [undefined, 2]])
        expect(heights(spacing, ...others), `${spacing} beside ${others}`).toEqual(expected(spacing))
    }
    for (const others of [[], [1], [undefined]]) expect(heights(undefined, ...others)).toEqual([...all.z])
  })

  it("have their times where only some classes do, thinned or not", () => {
    const roofs: PointsPort = { kind: "points", classes: [6], attributes: ["gpsTime"] }
    const ground: PointsPort = { kind: "points", classes: [2] }
    for (const spacings of [[undefined], [1], [1, undefined]]) {
      const points = thinForPorts(...stateWith([roofs, ground], [...spacings, ...spacings]), table)
      for (const { columns } of points.values()) expect(columns.gpsTime!.length).toBeLessThan(0.6 * columns.count)
      const { z, gpsTime } = points.get(spacings[0])!.select(roofs, extent)
      expect(z.length).toBeGreaterThan(10)
      expect([...(gpsTime ?? [])]).toEqual([...z].map((i) => 1e8 + i))
    }
  })

  it("are all that is held where every port has one spacing", () => {
    const held = (...spacings: readonly (number | undefined)[]): [number | undefined, number][] =>
      [...thinForPorts(...stateOf(...spacings), table)].map(([spacing, points]) => [spacing, points.columns.count])
    expect(held(1, 1)).toEqual([[1, expected(1).length]])
    expect(held(2, undefined)).toEqual([
      [2, expected(2).length],
      [undefined, count],
    ])
  })
})
