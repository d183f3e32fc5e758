/** The table of maille's own kernels: id → module. */
import { moduleUrl } from "../engine/core/package-files.js"

/** Where a kernel's module is: its URL for the engine, a typed import for tests and benchmarks. */
export interface KernelModule {
  readonly url: string
}

const at = (path: string): KernelModule => ({ url: moduleUrl(`kernels/${path}`) })

/**
 * maille's own kernels, loaded by URL like a third party's. To add a kernel, add its file and one
 * line here. The passport and the lists of kernels follow this order, also where it mixes rooms:
 * another place of `vector.water-join` would change the bytes of passports.
 */
export const kernelTable: Readonly<Record<string, KernelModule>> = {
  "points.ground-filter": at("./terrain/ground-filter.js"),
  "raster.dtm": at("./terrain/dtm.js"),
  "raster.dtm-fill": at("./terrain/dtm-fill.js"),
  "raster.dtm-file": at("./terrain/dtm-file.js"),
  "raster.dsm": at("./terrain/dsm.js"),
  "raster.dsm-file": at("./terrain/dsm-file.js"),
  "raster.dhm": at("./terrain/dhm.js"),
  "raster.dhm-fill": at("./terrain/dhm-fill.js"),
  "terrain.voids": at("./terrain/voids.js"),
  "terrain.voids-join": at("./terrain/voids-join.js"),
  "mesh.surface": at("./terrain/surface.js"),
  "mesh.terrain": at("./terrain/terrain.js"),
  "mesh.building": at("./building/model.js"),
  "mesh.bridge": at("./bridge/model.js"),
  "mesh.weld": at("./lod/weld.js"),
  "mesh.pyramid": at("./lod/pyramid.js"),
  "mesh.vegetation": at("./vegetation/crowns.js"),
  "mesh.model-pyramid": at("./lod/model-pyramid.js"),
  "texture.drape": at("./texture/drape.js"),
  "texture.facade": at("./texture/facade.js"),
  "texture.views": at("./texture/views.js"),
  "vector.artificial": at("./artificial/artificial.js"),
  "vector.artificial-join": at("./artificial/artificial-join.js"),
  "vector.bridge": at("./bridge/deck.js"),
  "vector.bridge-join": at("./bridge/deck-join.js"),
  "vector.breakline": at("./building/breakline.js"),
  "vector.building": at("./building/footprint.js"),
  "vector.building-join": at("./building/footprint-join.js"),
  "vector.contour": at("./contour/contour.js"),
  "vector.contour-join": at("./contour/contour-join.js"),
  "vector.roof": at("./building/roof.js"),
  "vector.tree": at("./vegetation/tree.js"),
  "vector.vegetation": at("./vegetation/cover.js"),
  "vector.vegetation-region": at("./vegetation/cover-region.js"),
  "vector.vegetation-join": at("./vegetation/cover-join.js"),
  "vector.water": at("./water/water.js"),
  "vector.water-voids": at("./water/water-voids.js"),
  "simulation.irradiation": at("./simulation/irradiation.js"),
  "simulation.roof-sun": at("./simulation/roof-sun.js"),
  "simulation.shadow": at("./simulation/shadow.js"),
  "simulation.sky-view": at("./simulation/sky-view.js"),
  "simulation.viewshed": at("./simulation/viewshed.js"),
  "vector.water-join": at("./water/water-join.js"),
  "simulation.flow": at("./simulation/flow.js"),
  "simulation.flow-tile": at("./simulation/flow-tile.js"),
  "simulation.flow-join": at("./simulation/flow-join.js"),
  "simulation.flood": at("./simulation/flood.js"),
  "simulation.flood-tile": at("./simulation/flood-tile.js"),
  "simulation.flood-join": at("./simulation/flood-join.js"),
}
