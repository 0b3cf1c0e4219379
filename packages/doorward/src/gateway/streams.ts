import type { Pieces } from './pieces.ts'

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
}

export interface StreamWatch {
  /** Passes a stream on piece by piece, and remembers it while it lasts. One that is cut breaks off, so that nobody takes it for whole. */
  readonly follow: (pieces: Pieces, stream: OpenStream) => Pieces
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
  const open = new Map<Pieces, OpenStream>()
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const verdicts = new Map<string, string>()
    for (const [pieces, { grantId, issuedAt, expiresAt }] of open) {
      const token = `${grantId} ${issuedAt}`
      if (grantId !== undefined && !verdicts.has(token)) verdicts.set(token, await options.standing(grantId, issuedAt))
      const isLive = grantId === undefined || verdicts.get(token) === 'live'
      if (isLive && !(expiresAt !== undefined && expiresAt <= options.now())) continue
      forget(pieces)
      pieces.leave()
    }
  }

  function forget(pieces: Pieces): void {
    open.delete(pieces)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    look,
    follow: (pieces, stream) => {
      open.set(pieces, stream)
      // A store that fails for a moment says nothing of the grant; the next look asks again.
      timer ??= setInterval(() => void look().catch(() => undefined), options.everyMilliseconds).unref()
      return {
        next: async () => {
          try {
            const piece = await pieces.next()
            if (piece === undefined) forget(pieces)
            return piece
          } catch (error) {
            forget(pieces)
            throw error
          }
        },
        leave: () => {
          forget(pieces)
          pieces.leave()
        },
      }
    },
  }
}
