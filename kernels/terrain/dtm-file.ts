/** Kernel `raster.dtm-file`: a terrain model that the user brings, in place of points. */
import { missingOption } from "../../engine/core/parse-values.js"
import { defineKernel } from "../../engine/kernel.js"
import { dtmPort, fileCell } from "./raster/height-models.js"

/**
 * The cells of `--dtm`, as they are in the file: nothing is resampled or filled. The kernels of
 * simulations read them as those of `raster.dtm`. For jobs without point files.
 *
 * The file is a GeoTIFF, a VRT of GeoTIFFs side by side, or their folder, in a CRS in metres. Its
 * cells are square, north up, and at multiples of their side.
 */
export default defineKernel({
  id: "raster.dtm-file",
  version: 1,
  summary: "Terrain model of a file, in place of points",
  inputs: {
    "dtm-file": {
      kind: "raster",
      type: "float",
      external: {
        name: "dtm",
        flag: "--dtm",
        cell: "file",
        help: {
          en: "terrain model in place of point files",
          fr: "modèle de terrain, à la place des fichiers de points",
        },
        more: {
          en: "GeoTIFF, VRT or folder in metres, with its own cells; for the kernels of flow and floods",
          fr: "GeoTIFF, VRT ou dossier en mètres, avec ses propres cellules ; pour les noyaux d’écoulement et de crues",
        },
      },
    },
  },
  outputs: { dtm: dtmPort },
  options: { cell: fileCell },
  halo: () => 0,
  memory: ({ areaM2 }, { cell }) => 8 * (areaM2 / cell ** 2),
  check(_options, { external }) {
    if (!external.includes("dtm")) throw missingOption("--dtm", "Give a raster, or leave raster.dtm-file out.")
  },
  run(_tile, { "dtm-file": file }) {
    if (file === undefined) throw new Error("no raster was given: --dtm FILE")
    return { dtm: file }
  },
})
