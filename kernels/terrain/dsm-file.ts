/** Kernel `raster.dsm-file`: a surface model that the user brings, in place of points. */
import { missingOption } from "../../engine/core/parse-values.js"
import { defineKernel } from "../../engine/kernel.js"
import { dsmPort, fileCell } from "./raster/height-models.js"

/**
 * The cells of `--dsm`, as they are in the file: nothing is resampled or filled. The kernels of
 * simulations read them as those of `raster.dsm`. For jobs without point files.
 *
 * The file is a GeoTIFF, a VRT of GeoTIFFs side by side, or their folder, in a CRS in metres. Its
 * cells are square, north up, and at multiples of their side.
 */
export default defineKernel({
  id: "raster.dsm-file",
  version: 1,
  summary: "Surface model of a file, in place of points",
  inputs: {
    "dsm-file": {
      kind: "raster",
      type: "float",
      external: {
        name: "dsm",
        flag: "--dsm",
        cell: "file",
        help: {
          en: "surface model in place of point files",
          fr: "modèle de surface, à la place des fichiers de points",
        },
        more: {
          en: "GeoTIFF, VRT or folder in metres, with its own cells; for the kernels of sun and views",
          fr: "GeoTIFF, VRT ou dossier en mètres, avec ses propres cellules ; pour les noyaux du soleil et des vues",
        },
      },
    },
  },
  outputs: { dsm: dsmPort },
  options: { cell: fileCell },
  halo: () => 0,
  memory: ({ areaM2 }, { cell }) => 8 * (areaM2 / cell ** 2),
  check(_options, { external }) {
    if (!external.includes("dsm")) throw missingOption("--dsm", "Give a raster, or leave raster.dsm-file out.")
  },
  run(_tile, { "dsm-file": file }) {
    if (file === undefined) throw new Error("no raster was given: --dsm FILE")
    return { dsm: file }
  },
})
