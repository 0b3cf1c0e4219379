/** How it stands with a grant, and with a token of it that was issued at a time; `outdated` where it holds less since. */
export type TokenStandings = (
  grantId: string,
  issuedAt: number,
) => 'live' | 'revoked' | 'outdated' | Promise<'live' | 'revoked' | 'outdated'>

export interface OpenStream {
  readonly grantId: string | undefined
  /** Of its token, in seconds since 1970. */
  readonly issuedAt: number
  /** Seconds since 1970 after which nothing more may come, or undefined where an answer is brought to its end. */
  readonly expiresAt: number | undefined
  /** Cuts the stream, so that nobody takes what came for the whole. */
  readonly cut: () => void
}

export interface StreamWatch {
  /** Passes a stream on chunk by chunk, and remembers it while it lasts. */
  readonly follow: (body: ReadableStream<Uint8Array>, stream: OpenStream) => ReadableStream<Uint8Array>
  /** Looks at every open stream once; those whose grant is revoked, or whose token has run out, are cut. */
  readonly look: () => Promise<void>
}

/**
 * A stream may live for hours, its permission may not. While any is open, each is looked at again every so often, so that
 * revoking a grant or disabling a person ends what is under way and not only what comes next.
 */
export function streamWatch(options: {
  readonly standing: TokenStandings
  readonly now: () => number
  readonly everyMilliseconds: number
}): StreamWatch {
  const open = new Set<OpenStream>()
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const verdicts = new Map<string, string>()
    for (const stream of open) {
      const { grantId, issuedAt, expiresAt, cut } = stream
      const token = `${grantId} ${issuedAt}`
      if (grantId !== undefined && !verdicts.has(token)) verdicts.set(token, await options.standing(grantId, issuedAt))
      const isLive = grantId === undefined || verdicts.get(token) === 'live'
      if (isLive && !(expiresAt !== undefined && expiresAt <= options.now())) continue
      forget(stream)
      cut()
    }
  }

  function forget(stream: OpenStream): void {
    open.delete(stream)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    look,
    follow: (body, stream) => {
      open.add(stream)
      // A store that fails for a moment says nothing of the grant; the next look asks again.
      timer ??= setInterval(() => void look().catch(() => undefined), options.everyMilliseconds).unref()
      const reader = body.getReader()
      return new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            try {
              const { done, value } = await reader.read()
              if (!done) return controller.enqueue(value)
              forget(stream)
              controller.close()
            } catch (error) {
              forget(stream)
              controller.error(error)
            }
          },
          cancel: async (reason) => {
            forget(stream)
            await reader.cancel(reason)
          },
        },
        { highWaterMark: 0 },
      )
    },
  }
}
