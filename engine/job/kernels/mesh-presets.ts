/** How the mesh of a job is made (`--mesh`). */
export const meshChoices = ["model", "ground", "surface"] as const
/** Name of a way to make the mesh. */
export type MeshChoice = (typeof meshChoices)[number]

/** The way that holds without `--mesh`. */
export const defaultMesh: MeshChoice = "model"

/** Makers of solids that layers are made of: they may run whatever way the mesh is made. */
export const layerMakers: readonly string[] = ["mesh.building"]

/** The kernels of one way to make the mesh. */
export interface MeshPreset {
  /** Kernels that make meshes and solids. Those that another way names and this one does not are left out. */
  readonly makers: readonly string[]
  /** Kernels whose optional outputs the makers take, beside those that they must have; passed over where the table of kernels lacks one. */
  readonly beside: readonly string[]
  /** Port that is shown as the mesh of a tile. */
  readonly shown: string
  /** Ports that tiles hand to the parent above them, where it reads them; absent: all that it reads. */
  readonly handed?: readonly string[]
}

/**
 * surface: one sheet over everything, walls sloped. ground: the terrain alone. model: ground, buildings, bridges and vegetation, welded.
 */
export const meshPresets: Readonly<Record<MeshChoice, MeshPreset>> = {
  surface: { makers: ["mesh.surface", "mesh.pyramid"], beside: [], shown: "mesh", handed: ["mesh"] },
  ground: { makers: ["mesh.terrain", "mesh.model-pyramid"], beside: [], shown: "ground", handed: ["ground"] },
  model: {
    makers: ["mesh.terrain", "mesh.building", "mesh.bridge", "mesh.vegetation", "mesh.weld", "mesh.model-pyramid"],
    beside: [
      "vector.building",
      "vector.building-join",
      "vector.water",
      "vector.water-join",
      "vector.bridge",
      "vector.bridge-join",
      "vector.tree",
    ],
    shown: "mesh",
    handed: ["ground", "solid", "deck-body", "crown", "canopy"],
  },
}
