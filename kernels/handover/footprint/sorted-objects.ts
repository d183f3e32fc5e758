/** One order for the objects of a tile, whichever tasks they come from. */

/** The order of objects in a list for tiles: by id. Sorts in place. */
export const sortedObjects = <T extends { readonly id: string }>(objects: T[]): T[] =>
  objects.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
