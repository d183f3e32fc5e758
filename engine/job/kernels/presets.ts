/**
 * Loads the presets of maille's own kernels by URL, as kernels load: products, ways to make the
 * mesh, layers; and French names.
 */
import { moduleUrl } from "../../core/package-files.js"
import type { Presets } from "../../kernel.js"

/** Imports a module of the `kernels` folder. */
export const importFromKernels = (name: string): Promise<unknown> => import(moduleUrl(`kernels/${name}`))

const { presets } = (await importFromKernels("presets.js")) as { presets: Presets }

export const productNames = presets.products
/** The kernels of each way to make the mesh (`--mesh`). */
export const meshPresets = presets.meshes
export const meshChoices: readonly string[] = Object.keys(meshPresets)
/** `layerMakers` make solids for layers: they may run with any way to make the mesh. */
export const { defaultMesh, layerMakers, classifiers } = presets
export const { waterMakers } = presets
export const classifyChoices: readonly string[] = Object.keys(classifiers)
export const waterOrigins: readonly string[] = Object.keys(waterMakers)
/** The kernels that find water of another origin than the given one, or than the default. */
export const otherWaterMakers = (origin: string = waterOrigins[0]!): ReadonlySet<string> =>
  new Set(Object.values(waterMakers).filter((id) => id !== waterMakers[origin]))

/** French names of products and of attributes, by those in the files. */
export interface FrenchNames {
  readonly products: Readonly<Record<string, string>>
  readonly attributes: Readonly<Record<string, string>>
}

/** Those of maille's own kernels. */
export const loadFrenchNames = async (): Promise<FrenchNames> =>
  ((await importFromKernels("french.js")) as { frenchNames: FrenchNames }).frenchNames
