import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 collect when the heap has grown by a quarter since it last did. Left to itself it waits until the heap has
 * doubled, and most of what it then holds is garbage. Call it before the heap has grown.
 */
export const keepHeapSmall = (): void => setFlagsFromString('--heap-growing-percent=25')
