/** The plane of the job's CRS with rasters and points. */
import { CopcLayer, CopcSource, CRS, Extent, LASParser, PlanarView, PNTS_MODE, type PointClass, View } from "itowns"
import { Color } from "three"
import { classColour } from "../../../../engine/core/colours.js"
import type { OutputDescription } from "../../describe-output.js"
import { planePlace } from "../place.js"
import { namedClasses } from "../texts.js"
import { type RasterLayer, rasterLayer } from "./raster-layer.js"
import { type Scene, viewOptions, wrapView } from "./scene.js"

export interface PlaneScene extends Scene {
  readonly raster: RasterLayer
  /** Shows or hides the points; resolves when their first level can be drawn. */
  showPoints(shown: boolean): Promise<void>
  /** Points in the picture. */
  pointCount(): number
}

/**
 * Makes the plane: iTowns' PlanarView in any CRS. It hides iTowns' blank plane, which has height
 * zero.
 * @param base height at which flat things are drawn
 */
export const planeScene = (element: HTMLDivElement, description: OutputDescription, base: number): PlaneScene => {
  const code = `EPSG:${description.crs.epsg}`
  CRS.defs(code, description.crs.proj)
  const [minX, minY, maxX, maxY] = description.box ?? [0, 0, 1000, 1000]
  const view = new PlanarView(element, new Extent(code, minX, maxX, minY, maxY), viewOptions())
  const scene = wrapView(element, view, planePlace)
  const layers: CopcLayer[] = []
  const addPoints = async (): Promise<void> => {
    // The worker requests laz-perf.wasm from this folder.
    LASParser.enableLazPerf(new URL("..", document.baseURI).href.replace(/\/$/, ""))
    for (const path of description.points) {
      const source = new CopcSource({ url: new URL(`out/${path}`, document.baseURI).href })
      const layer = new CopcLayer(path, {
        source,
        material: { mode: PNTS_MODE.CLASSIFICATION, classificationScheme: classScheme() },
        pointSize: 3,
      })
      // Wait before adding it to the view. If a frame comes between, iTowns reads the octree and
      // draws each point twice.
      await layer.whenReady
      layers.push(layer)
      await View.prototype.addLayer.call(view, layer)
    }
  }
  let added: Promise<void> | undefined
  const raster = rasterLayer(scene, Object.values(description.heights), base)
  return {
    ...scene,
    base,
    surface: raster.surface,
    raster,
    showPoints: async (shown) => {
      if (shown) {
        added ??= addPoints()
        await added
      }
      for (const layer of layers) layer.visible = shown
      scene.redraw()
    },
    pointCount: () => layers.reduce((sum, layer) => sum + (layer.visible ? (layer.displayedCount ?? 0) : 0), 0),
  }
}

/** Our class colours in the form of iTowns. */
const classScheme = (): Record<number | "DEFAULT", PointClass> => {
  const of = (code: number): PointClass => {
    const [r, g, b] = classColour(code)
    return { visible: true, name: String(code), color: new Color(r / 255, g / 255, b / 255), opacity: 1 }
  }
  const known = Object.fromEntries(namedClasses.map((code) => [code, of(code)]))
  return { ...known, DEFAULT: of(0) }
}
