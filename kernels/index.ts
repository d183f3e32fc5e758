/** Where a kernel's module is: its URL for the engine, a typed import for tests and benchmarks. */
export interface KernelModule {
  readonly url: string
}

const at = (path: string): KernelModule => ({ url: new URL(path, import.meta.url).href })

/** The table of maille's own kernels: id → module. To add a kernel, add its file and one line here. */
export const kernelTable: Readonly<Record<string, KernelModule>> = {
  "raster.dtm": at("./raster/dtm.js"),
  "raster.dsm": at("./raster/dsm.js"),
  "raster.dhm": at("./raster/dhm.js"),
  "mesh.surface": at("./mesh/surface.js"),
  "mesh.weld": at("./mesh/weld.js"),
  "mesh.building": at("./mesh/building.js"),
  "mesh.bridge": at("./mesh/bridge.js"),
  "mesh.terrain": at("./mesh/terrain.js"),
  "mesh.pyramid": at("./mesh/pyramid.js"),
  "mesh.vegetation": at("./mesh/vegetation.js"),
  "mesh.model-pyramid": at("./mesh/model-pyramid.js"),
  "texture.drape": at("./texture/drape.js"),
  "texture.facade": at("./texture/facade.js"),
  "texture.views": at("./texture/views.js"),
  "vector.artificial": at("./vector/artificial.js"),
  "vector.artificial-join": at("./vector/artificial-join.js"),
  "vector.bridge": at("./vector/bridge.js"),
  "vector.bridge-join": at("./vector/bridge-join.js"),
  "vector.breakline": at("./vector/breakline.js"),
  "vector.building": at("./vector/building.js"),
  "vector.building-join": at("./vector/building-join.js"),
  "vector.contour": at("./vector/contour.js"),
  "vector.contour-join": at("./vector/contour-join.js"),
  "vector.roof": at("./vector/roof.js"),
  "vector.tree": at("./vector/tree.js"),
  "vector.vegetation": at("./vector/vegetation.js"),
  "vector.vegetation-square": at("./vector/vegetation-square.js"),
  "vector.vegetation-join": at("./vector/vegetation-join.js"),
  "vector.water": at("./vector/water.js"),
  "vector.water-join": at("./vector/water-join.js"),
}
