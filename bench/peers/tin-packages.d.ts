/** The two packages carry no types: the part of them that is used. */

declare module "delatin" {
  export default class Delatin {
    constructor(data: ArrayLike<number>, width: number, height?: number)
    readonly coords: number[]
    readonly triangles: number[]
    run(maxError: number): void
  }
}

declare module "@mapbox/martini" {
  export default class Martini {
    constructor(gridSize: number)
    createTile(terrain: ArrayLike<number>): {
      getMesh(maxError: number): { readonly vertices: Uint16Array; readonly triangles: Uint32Array }
    }
  }
}
