/** The functions of `kernels/edit` that the engine calls. */
import type { Box2 } from "../../core/geometry/box.js"
import { importFromKernels } from "./presets.js"

/** `Land` of kernels/edit/land.ts: points in metres of the CRS. */
export interface Land {
  readonly count: number
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly classification: Uint8Array
  /** Index of the point before all edits; −1 − e for one of edit e. */
  readonly from: Int32Array
}

/** What an edit did. */
interface EditSummary {
  readonly action: string
  readonly id?: string | number
  readonly removed: number
  readonly added: number
  readonly cut?: number
  readonly fill?: number
}

type NameOf = (e: number) => string

interface EditPoints {
  readonly applyEdits: (
    land: Land,
    features: readonly unknown[],
    end: Box2,
    nameOf?: NameOf,
  ) => { readonly land: Land; readonly edits: readonly EditSummary[] }
}
interface GroupEdits {
  readonly groupEdits: (
    features: readonly unknown[],
    end: Box2,
    nameOf: NameOf,
  ) => readonly { readonly box: Box2; readonly edits: readonly number[] }[]
}

export const loadApplyEdits = async (): Promise<EditPoints["applyEdits"]> =>
  ((await importFromKernels("edit/edit-points.js")) as EditPoints).applyEdits

export const loadGroupEdits = async (): Promise<GroupEdits["groupEdits"]> =>
  ((await importFromKernels("edit/group-edits.js")) as GroupEdits).groupEdits
