export type Facts = Readonly<Record<string, string | number | boolean>>

/** Somebody else's place in a trace (W3C Trace Context §3.2). */
export interface Caller {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
  readonly state: string | undefined
}

/** One piece of work in a trace. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
  readonly add: (facts: Facts) => void
  /** @param problem why it did not do what it was for */
  readonly end: (problem?: string) => void
}

export interface Tracing {
  /** The work of a request. Where the caller is trusted it goes on in their trace, else it begins one that is linked to theirs. */
  readonly serve: (name: string, facts: Facts, caller: Caller | undefined, isTrusted: boolean) => Span
  /** A part of it, `client` where it is asked of somebody else. */
  readonly part: (within: Span, name: string, kind: 'client' | 'internal', facts: Facts) => Span
}

// W3C Trace Context §3.2.2: version 00; later versions may say more after it.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const LONGEST = 200
const LONGEST_STATE = 512

/** What a caller says of its own trace; undefined where it says nothing that can be read. */
export function readCaller(headers: Headers): Caller | undefined {
  const parent = headers.get('traceparent')
  if (parent === null || parent.length > LONGEST) return undefined
  const [, traceId, spanId, flags, more] = TRACEPARENT.exec(parent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (more !== undefined && parent.startsWith('00')) return undefined
  const state = headers.get('tracestate')
  return {
    traceId,
    spanId,
    flags: Number.parseInt(flags, 16) & 1,
    state: state === null || state.length > LONGEST_STATE ? undefined : state,
  }
}

/** Names our span to a server that we ask, in the place of what the client said. */
export function writeCaller(
  headers: Record<string, string>,
  { traceId, spanId, flags }: Span,
  state: string | undefined,
): void {
  headers.traceparent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`
  if (state === undefined) delete headers.tracestate
  else headers.tracestate = state
}
