/** Makes the elements of the page's boxes. */

/** An element with properties of its own and what is in it. */
export const make = <T extends keyof HTMLElementTagNameMap>(
  tag: T,
  properties: Partial<HTMLElementTagNameMap[T]> = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[T] => {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...content)
  return element
}
