/** Kernel `simulation.viewshed`: what observers see of a surface, and of each other. */
import { flattenRings } from "../../engine/core/feature-table.js"
import { missingOption } from "../../engine/core/parse-values.js"
import { defineKernel, type Features, type Tile } from "../../engine/kernel.js"
import { requireInside } from "./ground/places.js"
import { reachOption, skyPort } from "./sun/options.js"
import { cellsOf, rasterOfCore, type SurfaceWindow, surfaceWindow, windowBytes } from "./sun/surface-window.js"
import {
  type Eye,
  OBSERVERS,
  type Observer,
  parseObservers,
  placeEyes,
  readObservers,
  sees,
} from "./views/line-of-sight.js"

/**
 * For each cell the number of observers that see it, and lines of sight between observers.
 *
 * Observers of the option and of `--observers` are at the centres of their cells, `height` metres
 * above `dsm`. A cell is seen if the straight line to the point `target` metres above its centre is
 * free. Distances up to `reach` count. Observers may be outside the tile, up to `reach`. Void cells
 * hide nothing and are void. Observers of a file that are below the surface see nothing.
 *
 * No curvature of the earth and no refraction: at 2 km they would lower a target by 0.3 m. The
 * layer `sightline` has a line for each pair of observers up to `reach` apart; the tile of the
 * pair's first one makes it. Time: observers · cells · cells between at most.
 */
export default defineKernel({
  id: "simulation.viewshed",
  version: 3,
  summary: "What observers see of the surface model, and of each other",
  onRequest: true,
  inputs: {
    dsm: { kind: "raster" },
    observers: {
      kind: "features",
      geometry: "Point",
      external: {
        name: "observers",
        flag: "--observers",
        help: { en: "places that look at the surface", fr: "lieux d’où l’on regarde la surface" },
        more: {
          en: "points in the same formats, with a column height or without; for kernels of views",
          fr: "points dans les mêmes formats, avec ou sans colonne height ; pour les noyaux de vues",
        },
      },
    },
  },
  outputs: {
    viewshed: skyPort({
      label: "Observers",
      layer: "viewshed",
      ramp: [
        [232, 232, 232],
        [254, 196, 79],
        [153, 52, 4],
      ],
      unit: "",
    }),
    sightline: {
      kind: "features",
      geometry: "LineString",
      help: "lines of sight between observers",
      columns: {
        visible: { type: "integer", as: "boolean", help: "true: the observers see each other" },
        length: { type: "number", unit: "m", help: "distance in plan" },
        from: { type: "string", help: 'first observer: "list-1" for the first of the option, or its id in the file' },
        to: { type: "string", help: "second observer" },
      },
      style: {
        colour: "#d95f0e",
        map: {
          label: "Lines between observers",
          needs: "observers",
          order: 2,
          relief: { line: "#08306b", width: 1.6 },
        },
      },
    },
    "viewshed-quality": {
      kind: "metrics",
      shares: {
        placedObservers: {
          parts: ["simulation.viewshed.observersOnSurface"],
          whole: ["simulation.viewshed.observers"],
          meaning: "of the observers are on or above the surface model",
          least: 1,
          remedy: "The others are on cells without data or below the surface, and see nothing: move them",
        },
      },
    },
  },
  options: {
    observers: {
      type: "string",
      list: "places",
      default: "",
      help: 'places in the CRS, "x,y" or "x,y,height", with spaces between them',
    },
    height: {
      type: "number",
      default: 1.7,
      unit: "m",
      min: 0,
      max: 1000,
      help: "observers above the surface, where the list gives none",
    },
    target: {
      type: "number",
      default: 0,
      unit: "m",
      min: 0,
      max: 1000,
      help: "height above the surface of what is looked at",
    },
    reach: { ...reachOption("what is farther is not seen"), default: 500 },
  },
  halo: ({ reach }) => reach,
  memory: ({ areaM2 }, { reach }, { dsm } = {}) => windowBytes(areaM2, dsm) + 4 * cellsOf(areaM2, dsm, reach),
  check({ observers, height, reach }, { box, external }) {
    const listed = parseObservers(observers, height)
    requireInside(OBSERVERS, listed, box, reach)
    if (listed.length > 0 || external.includes("observers")) return
    const remedy = 'Give places in the CRS of the job, such as "842100,6520200 842300,6520200,25", or --observers FILE.'
    throw missingOption(OBSERVERS, remedy)
  },
  run(tile, { dsm, observers: file }, options) {
    const window = surfaceWindow(tile, dsm, options.reach)
    const observers = [
      ...parseObservers(options.observers, options.height),
      ...(file === undefined ? [] : readObservers(file, options.height)),
    ]
    const eyes = placeEyes(window, observers)
    const seen = new Float32Array(window.core.columns * window.core.rows)
    for (const eye of eyes) if (eye !== undefined) countSeen(window, eye, options, seen)
    const own = observers.map(({ x, y }) => isIn(tile, x, y))
    return {
      viewshed: rasterOfCore(window, seen),
      sightline: sightlines(window, observers, { eyes, own, reach: options.reach }),
      "viewshed-quality": {
        observers: own.filter(Boolean).length,
        observersOnSurface: eyes.filter((eye, k) => own[k] && eye !== undefined).length,
      },
    }
  },
})

const isIn = ({ cell }: Tile, x: number, y: number): boolean =>
  x >= cell[0] && x < cell[2] && y >= cell[1] && y < cell[3]

/** Adds 1 to each cell of the core that an observer sees. */
const countSeen = (
  window: SurfaceWindow,
  eye: Eye,
  { reach, target }: { readonly reach: number; readonly target: number },
  seen: Float32Array,
): void => {
  const { core, margin, columns, heights, cellSize } = window
  const most = reach / cellSize
  for (let row = 0, at = 0; row < core.rows; row++) {
    const south = row + margin - eye.row
    for (let column = 0; column < core.columns; column++, at++) {
      const east = column + margin - eye.column
      if (east * east + south * south > most * most) continue
      const z = heights[(row + margin) * columns + column + margin] + target
      if (sees(window, eye, { column: column + margin, row: row + margin, z })) seen[at]++
    }
  }
}

interface Watch {
  readonly eyes: readonly (Eye | undefined)[]
  /** Observers in the tile. */
  readonly own: readonly boolean[]
  readonly reach: number
}

const sightlines = (window: SurfaceWindow, observers: readonly Observer[], { eyes, own, reach }: Watch): Features => {
  const lines: { readonly from: number; readonly to: number; readonly visible: boolean; readonly length: number }[] = []
  for (const [from, a] of observers.entries()) {
    for (let to = from + 1; own[from] && to < observers.length; to++) {
      const [eye, other] = [eyes[from], eyes[to]]
      if (eye === undefined || other === undefined) continue
      const cells = Math.hypot(other.column - eye.column, other.row - eye.row)
      if (cells * window.cellSize > reach) continue
      const length = Math.hypot(observers[to].x - a.x, observers[to].y - a.y)
      lines.push({ from, to, length, visible: sees(window, eye, other) })
    }
  }
  return {
    geometry: "LineString",
    ...flattenRings(
      lines.map(({ from, to }) => [[observers[from].x, observers[from].y, observers[to].x, observers[to].y]]),
    ),
    ids: lines.map(({ from, to }) => `sightline-${observers[from].id}-${observers[to].id}`),
    anchors: Float64Array.from(lines.flatMap(({ from }) => [observers[from].x, observers[from].y])),
    columns: {
      visible: { type: "integer", values: Int32Array.from(lines, ({ visible }) => Number(visible)) },
      length: { type: "number", values: Float64Array.from(lines, ({ length }) => length) },
      from: { type: "string", values: lines.map(({ from }) => observers[from].id) },
      to: { type: "string", values: lines.map(({ to }) => observers[to].id) },
    },
  }
}
