import { describe, expect, it } from "vitest"
import { columnNames, emptyColumns, GrownColumns, type PointColumns } from "../../../../engine/formats/las/columns.js"

const all = { intensity: true, gpsTime: true }

/** A chunk whose every column counts up from `first`. */
const chunkOf = (first: number, count: number): PointColumns => {
  const columns = emptyColumns(count)
  for (const name of columnNames) for (let i = 0; i < count; i++) columns[name][i] = (first + i) % 256
  return columns
}

describe("GrownColumns", () => {
  it.each([0, 7, 50, 1000])("gives what was appended, with room for %d points at first", (room) => {
    const grown = new GrownColumns(room, all)
    grown.append(chunkOf(0, 40))
    grown.append(chunkOf(40, 0))
    grown.append(
      chunkOf(0, 100),
      Uint32Array.from({ length: 50 }, (_, i) => 40 + i),
    )
    grown.append(chunkOf(90, 10))
    expect(grown.points).toEqual(chunkOf(0, 100))
  })

  it("holds the columns that are asked for, and NaN for times that a chunk has not", () => {
    const grown = new GrownColumns(0, { intensity: false, gpsTime: true })
    grown.append({ ...chunkOf(0, 2), gpsTime: new Float64Array(0) })
    grown.append(chunkOf(2, 1))
    expect(Array.from(grown.points.gpsTime)).toEqual([Number.NaN, Number.NaN, 2])
    expect(grown.points.intensity).toHaveLength(0)
  })

  it("makes room once where what comes was expected", () => {
    const grown = new GrownColumns(100, all)
    grown.append(chunkOf(0, 60))
    const { buffer } = grown.points.x
    grown.append(chunkOf(60, 40))
    expect(grown.points.x.buffer).toBe(buffer)
  })
})
