/**
 * Which of maille's own kernels a product needs. A kernel that only adds a layer or a metric needs
 * no line here.
 */
import type { Presets } from "../engine/kernel.js"

/**
 * model: ground, buildings, bridges and vegetation, welded. ground: the terrain. surface: one sheet
 * over everything, with sloped walls.
 */
export const presets: Presets = {
  products: ["dtm", "dsm", "dhm", "mesh", "texture", "vector"],
  defaultMesh: "model",
  meshes: {
    model: {
      makers: ["mesh.terrain", "mesh.building", "mesh.bridge", "mesh.vegetation", "mesh.weld", "mesh.model-pyramid"],
      beside: [
        "terrain.voids",
        "terrain.voids-join",
        "vector.building",
        "vector.building-join",
        "vector.water",
        "vector.water-voids",
        "vector.water-join",
        "vector.bridge",
        "vector.bridge-join",
        "vector.tree",
      ],
      shown: "mesh",
      handed: ["ground", "solid", "deck-body", "crown", "canopy"],
    },
    ground: {
      makers: ["mesh.terrain", "mesh.model-pyramid"],
      beside: ["terrain.voids", "terrain.voids-join"],
      shown: "ground",
      handed: ["ground"],
    },
    surface: { makers: ["mesh.surface", "mesh.pyramid"], beside: [], shown: "mesh", handed: ["mesh"] },
  },
  layerMakers: ["mesh.building"],
  classifiers: { ground: "points.ground-filter" },
  waterMakers: { classes: "vector.water", voids: "vector.water-voids" },
}
