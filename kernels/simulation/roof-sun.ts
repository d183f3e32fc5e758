/** Kernel `simulation.roof-sun`: the roof planes of `vector.roof` with the light of a year. */
import { planRingsOf } from "../../engine/core/feature-table.js"
import { boxOfRings } from "../../engine/core/geometry/rings.js"
import { levelCrossings } from "../../engine/core/geometry/segments.js"
import { type ColumnFacts, defineKernel, type Features } from "../../engine/kernel.js"
import { lightRamp } from "./sun/options.js"
import { lightBehind, type PlaneLight, skyBehind } from "./sun/plane-light.js"
import { decodeRoofHorizons, type RoofHorizons } from "./sun/roof-horizon.js"
import { SolarLightCache } from "./sun/solar-light-cache.js"

const columns: Readonly<Record<string, ColumnFacts>> = {
  building: { type: "string", help: "id of the building, as in the layer `roof`" },
  slope: { type: "number", unit: "°", help: "slope of the plane, as in the layer `roof`" },
  aspect: { type: "number", unit: "°", help: "downhill direction, as in the layer `roof`; empty for a flat roof" },
  area: { type: "number", unit: "m²", help: "area measured on the plane" },
  irradiation: {
    type: "number",
    unit: "kWh/m²",
    help: "light of a cloudless year on a square metre of the plane; empty where no cell shows the roof",
  },
  energy: { type: "number", unit: "MWh", help: "light of a cloudless year on the whole plane" },
  sky_view: { type: "number", help: "diffuse light of an even sky, as share of that of an open, level plane" },
  cells: { type: "integer", help: "cells of the surface model that the values come from" },
}

/**
 * Each roof plane with the light of a cloudless year, under the ids of the layer `roof`.
 *
 * Tilt and outline are those of the plane; flat roofs count as level. The horizons are those of the
 * cells of buildings in the outline, from `simulation.irradiation`; the values are their means.
 * Time: cells of roofs, and the year's places of the sun for each plane.
 */
export default defineKernel({
  id: "simulation.roof-sun",
  version: 1,
  summary: "Roof planes with their solar irradiation in a cloudless year",
  onRequest: true,
  stages: ["model"],
  inputs: { roof: { kind: "features", geometry: "Polygon" }, "roof-horizon": { kind: "blob" } },
  outputs: {
    "roof-sun": {
      kind: "features",
      geometry: "Polygon",
      help: "roof planes with the solar irradiation of a cloudless year",
      columns,
      style: {
        colour: "#4d2a00",
        fill: {
          ...{ column: "irradiation", label: "Irradiation", unit: "kWh/m²", ramp: lightRamp },
          low: 400,
          high: 2500,
        },
        map: { label: "Roof planes", needs: "roof planes", order: 2, relief: { line: "#222222", width: 0.8 } },
      },
    },
    "roof-sun-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 4 * bytes + 8e7,
  run(tile, { roof, "roof-horizon": bytes }) {
    const roofs = decodeRoofHorizons(bytes)
    const cache = new SolarLightCache(tile, roofs)
    const [slopes, aspects] = [numbersOf(roof, "slope"), numbersOf(roof, "aspect")]
    const [lows, highs] = [numbersOf(roof, "height_min"), numbersOf(roof, "height_max")]
    const lights = roof.ids.map((_, f) => {
      const rings = planRingsOf(roof, f)
      const [minX, minY, maxX, maxY] = boxOfRings(rings)
      const [slope, aspect] = Number.isNaN(aspects[f]) ? [0, 0] : [slopes[f], aspects[f]]
      return meanLight(
        rings,
        roofs,
        cache.planeAt([(minX + maxX) / 2, (minY + maxY) / 2, (lows[f] + highs[f]) / 2], slope, aspect),
      )
    })
    return {
      "roof-sun": buildFeatures(roof, lights),
      "roof-sun-quality": {
        roofPlanesWithLight: lights.filter(({ cells }) => cells > 0).length,
        roofPlanesWithoutLight: lights.filter(({ cells }) => cells === 0).length,
      },
    }
  },
})

const numbersOf = (roof: Features, name: string): Float64Array => {
  const column = roof.columns[name]
  if (column?.type !== "number") throw new Error(`the layer roof has no numbers in a column ${name}`)
  return column.values
}

interface Light {
  readonly irradiation: number
  readonly sky: number
  readonly cells: number
}

const DARK: Light = { irradiation: Number.NaN, sky: Number.NaN, cells: 0 }

/** Means over the cells whose centres are in the rings; none if the rings leave the known cells. */
const meanLight = (rings: readonly Float64Array[], roofs: RoofHorizons, plane: PlaneLight): Light => {
  const { grid, numbers, horizons, sectors } = roofs
  const [minX, minY, maxX, maxY] = boxOfRings(rings)
  const side = grid.cell / 1000
  const [first, last] = [Math.floor(minY / side), Math.floor(maxY / side)]
  const isKnown =
    first >= grid.row &&
    last < grid.row + grid.rows &&
    Math.floor(minX / side) >= grid.column &&
    Math.floor(maxX / side) < grid.column + grid.columns
  if (!isKnown) return DARK
  let [cells, light, sky] = [0, 0, 0]
  for (let row = first; row <= last; row++) {
    const crossings = levelCrossings(rings, (row + 0.5) * side)
    const from = (grid.row + grid.rows - 1 - row) * grid.columns - grid.column
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      for (let column = Math.ceil(crossings[k] / side - 0.5); (column + 0.5) * side < crossings[k + 1]; column++) {
        const found = numbers[from + column]
        if (found === 0) continue
        cells++
        light += lightBehind(plane, horizons, (found - 1) * sectors, sectors)
        sky += skyBehind(plane, horizons, (found - 1) * sectors, sectors)
      }
    }
  }
  return cells === 0 ? DARK : { irradiation: light / cells, sky: sky / cells, cells }
}

const buildFeatures = (roof: Features, lights: readonly Light[]): Features => {
  const areas = numbersOf(roof, "area")
  const numbers = (values: Iterable<number>) => ({ type: "number", values: Float64Array.from(values) }) as const
  return {
    ...roof,
    columns: {
      building: roof.columns["building"] ?? { type: "string", values: roof.ids.map(() => "") },
      slope: numbers(numbersOf(roof, "slope")),
      aspect: numbers(numbersOf(roof, "aspect")),
      area: numbers(areas),
      irradiation: numbers(lights.map(({ irradiation }) => irradiation)),
      energy: numbers(lights.map(({ irradiation }, f) => (irradiation * areas[f]) / 1000)),
      sky_view: numbers(lights.map(({ sky }) => sky)),
      cells: { type: "integer", values: Int32Array.from(lights, ({ cells }) => cells) },
    },
  }
}
