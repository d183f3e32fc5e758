/**
 * Loads the presets of maille's own kernels by URL, as kernels are loaded: products, ways to make
 * the mesh, layers.
 */
import type { Presets } from "../../kernel.js"

/** A module of the declarations beside the kernels. */
export const importFromKernels = (name: string): Promise<unknown> =>
  import(new URL(`../../../kernels/${name}`, import.meta.url).href)

const { presets } = (await importFromKernels("presets.js")) as { presets: Presets }

/** The products that a job can make; all by default. */
export const productNames = presets.products
/** The kernels of each way to make the mesh (`--mesh`). */
export const meshPresets = presets.meshes
/** The names of these ways. */
export const meshChoices: readonly string[] = Object.keys(meshPresets)
/** Makers of solids that layers are made of: they may run whatever way the mesh is made. */
export const { defaultMesh, layerMakers } = presets
