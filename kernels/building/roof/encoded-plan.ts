/** The form in which `mesh.building` passes roof plans to `vector.roof` and `vector.breakline`. */

/** A face of a roof: a polygon on one plane of one building. */
export interface PlanFace {
  /** Id of the building: a member, or the block if that is one building. */
  readonly building: string
  /** Slopes of the plane: rise per metre to the east (`a`) and to the north (`b`). */
  readonly a: number
  readonly b: number
  /**
   * Rings of plan vertices, not closed: the outer one first, counter-clockwise, then holes,
   * clockwise.
   */
  readonly rings: readonly (readonly number[])[]
  /** Height at each vertex of the rings, mm. */
  readonly heights: readonly (readonly number[])[]
  /**
   * Points over the face, and the sum and number of squared distances from its plane, mm², for the
   * column `rmse`.
   */
  readonly points: number
  readonly squares: number
  readonly near: number
}

/** The roofs of a block in plan, in the CRS. */
export interface EncodedPlan {
  readonly lod: "2.2" | "1.2"
  readonly truncated: boolean
  /** Vertices, whole millimetres of the CRS. */
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Edges: vertices, and the faces on their left and right (−1 outside). */
  readonly edges: readonly (readonly [from: number, to: number, left: number, right: number])[]
  readonly faces: readonly PlanFace[]
}

/**
 * Encodes plans as JSON. They pass from kernel to kernel in memory and are never written to a file.
 */
export const encodeRoofPlans = (plans: readonly EncodedPlan[]): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(plans))

/** No bytes give no plans. */
export const decodeRoofPlans = (bytes: Uint8Array): EncodedPlan[] =>
  bytes.byteLength === 0 ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as EncodedPlan[])
