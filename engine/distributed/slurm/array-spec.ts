/** Writes and counts the index ranges of a sparse batch array, such as `0-3,7`. */

/** Numbers as batch engines write the indexes of a sparse array: `0-3,7,9-10`. They must ascend. */
export const formatRanges = (numbers: readonly number[]): string => {
  const parts: string[] = []
  for (let i = 0; i < numbers.length; ) {
    let j = i
    while (j + 1 < numbers.length && numbers[j + 1] === numbers[j]! + 1) j++
    parts.push(i === j ? String(numbers[i]) : `${numbers[i]}-${numbers[j]}`)
    i = j + 1
  }
  return parts.join(",")
}

/**
 * Number of tasks in an array specification, as Slurm prints it for waiting tasks: `4-19%4`,
 * `0-10:2,12`, also shortened as `1-3,5...`.
 */
export const countRanges = (text: string): number => {
  let count = 0
  for (const part of text.replace(/%.*$/, "").split(",")) {
    const match = /^(\d+)(?:-(\d+)(?::(\d+))?)?/.exec(part)
    if (!match) continue
    const [first, last, step] = [Number(match[1]), Number(match[2] ?? match[1]), Number(match[3] ?? 1)]
    count += Math.floor((last - first) / step) + 1
  }
  return count
}
