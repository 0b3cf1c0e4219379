/** A body that comes in pieces, of which each is asked for when the one before has gone on. */
export interface Pieces {
  /** The next one, undefined at the end. Rejects where the body broke off, or was left. To be asked one at a time. */
  readonly next: () => Promise<Uint8Array | undefined>
  /** Nothing more is wanted: whoever waits for a piece hears that there will be none, and whoever sends is told. */
  readonly leave: () => void
}

/** What a body says that nobody wants any longer. */
export const left = (): Error => new Error('The body was left before its end')

export function piecesOf(body: ReadableStream<Uint8Array>): Pieces {
  const reader = body.getReader()
  let isLeft = false
  return {
    next: async () => {
      const { value } = await reader.read()
      // What is cancelled ends for its reader as if it were whole.
      if (isLeft) throw left()
      return value
    },
    leave: () => {
      isLeft = true
      reader.cancel().catch(() => undefined)
    },
  }
}

export function streamOf({ next, leave }: Pieces): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const piece = await next()
        if (piece === undefined) controller.close()
        else controller.enqueue(piece)
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}
