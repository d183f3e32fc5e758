/** What `runKernel` takes and gives for a kernel, derived from its ports and options. */
import type {
  ExternalInput,
  Features,
  Image,
  Mesh,
  Option,
  Options,
  Outputs,
  Ports,
  Presence,
  Shard,
  Solids,
  Texture,
  Values,
  View,
} from "../kernel.js"
import type { PointArrays, RasterArray } from "./types.js"

/**
 * Inputs, options and outputs of kernels by id. The types of the package list maille's own kernels;
 * a package of kernels may add its own:
 * `declare module "maille/kernels" { interface KernelsById { "wind.profile": KernelCall<…> } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the build and other packages add members
export interface KernelsById {}

/** Inputs, options and outputs of one kernel. */
export interface KernelCall<I extends Ports = Ports, O extends Ports = Ports, P = object> {
  readonly inputs: KernelInputs<I>
  readonly options: P
  readonly outputs: Outputs<O>
}

/** What an input port takes. */
interface InputOfKind {
  readonly points: PointArrays
  readonly presence: PointArrays | Presence
  readonly raster: RasterArray
  readonly image: Image
  readonly views: readonly View[]
  readonly mesh: Mesh
  readonly solids: Solids
  readonly texture: Texture
  readonly features: Features
  readonly blob: Uint8Array
  readonly shards: readonly Shard[]
  readonly classes: Uint8Array
  readonly metrics: Readonly<Record<string, number>>
}
type InputOf<P> = P extends { readonly kind: infer K extends keyof InputOfKind }
  ? P extends { readonly many: true } | { readonly listed: true }
    ? readonly InputOfKind[K][]
    : InputOfKind[K]
  : never

/** Ports that may be left out. */
type Lackable =
  | { readonly optional: true }
  | { readonly listed: true }
  | { readonly mayBeEmpty: true }
  | { readonly kind: "texture" }
  | { readonly kind: "presence" }
  | { readonly external: Pick<ExternalInput, "name"> }
  | { readonly beside: string }
  | { readonly when: object }

type NamesOf<I, P> = { [K in keyof I]: I[K] extends P ? K : never }[keyof I]
type PointsNames<I> = NamesOf<I, { readonly kind: "points" }>
type Named<I, K extends keyof I> = { readonly [N in K]: InputOf<I[N]> }
/** Points ports with classes that some points must be given for. */
type ClassedNames<I> = Exclude<
  NamesOf<I, { readonly kind: "points"; readonly classes: readonly number[] }>,
  NamesOf<I, Lackable>
>
type NeededPoints<I> = [ClassedNames<I>] extends [never]
  ? Exclude<PointsNames<I>, NamesOf<I, Lackable>>
  : ClassedNames<I>
/** `points` for all ports of points, or each port by its name. */
type PointsInputs<I> = [NeededPoints<I>] extends [never]
  ? { readonly points?: PointArrays }
  : { readonly points: PointArrays } | Named<I, NeededPoints<I>>

/** The inputs of a kernel by port. */
export type KernelInputs<I extends Ports> = string extends keyof I
  ? Readonly<Record<string, unknown>>
  : Named<I, Exclude<keyof I, NamesOf<I, Lackable> | PointsNames<I>>> & {
      readonly [K in NamesOf<I, Lackable> | PointsNames<I>]?: InputOf<I[K]> | undefined
    } & ([PointsNames<I>] extends [never] ? unknown : PointsInputs<I>)

/** What an option takes: its value, or an array where it is a list. */
type OptionInput<O extends Option, Value> = O extends { readonly list: infer List }
  ? Value | readonly (List extends "places" ? readonly number[] : List extends "numbers" ? number : string)[]
  : Value

/** Options by name; the others have their defaults. */
export type KernelOptions<P extends Options> = string extends keyof P
  ? Readonly<Record<string, unknown>>
  : { readonly [K in keyof P]?: OptionInput<P[K], Values<P>[K]> }

/** Path or address of a module, as far as the compiler sees it; a text that it does not know. */
export type ModulePath<Text extends string> = string extends Text
  ? Text
  : [keyof KernelsById] extends [never]
    ? Text
    : Text extends
          | `./${string}`
          | `../${string}`
          | `/${string}`
          | `${string}:${string}`
          | `${string}.${"js" | "mjs" | "ts" | "mts"}`
      ? Text
      : never
