/** Lists of things by a key, for tables whose lists begin when they are first met. */

/** Adds a value to the list of a key. */
export const addToList = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
