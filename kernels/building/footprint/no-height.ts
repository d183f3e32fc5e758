/** Stands for a height that nothing tells, in whole millimetres. */
export const noHeight = 0x7fffffff
