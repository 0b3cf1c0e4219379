import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { FetchStranger } from '@doorward/core/kernel/outbound'
import type { StoreObserver } from '../store/observed.ts'
import { StoreUnavailable } from '../store/unavailable.ts'
import { count } from './counting.ts'
import { type Exported, exportedEvent } from './exported.ts'
import type { Numbers } from './numbers.ts'
import { outcomeOf, type Story } from './story.ts'
import { type Facts, readCaller, type Span, type Tracing, writeCaller } from './tracing.ts'

/** A request, before anybody has looked into it. */
export interface Asked {
  readonly request: Request
  readonly path: string
  readonly correlation: string
  readonly network: string
  /** Whether it came from a proxy of ours. */
  readonly isFromProxy: boolean
}

/** A visit to a server elsewhere, with the headers that it takes along. */
export type Visitor<Outgoing extends WithHeaders, Reply> = (outgoing: Outgoing) => Promise<Reply>

interface WithHeaders {
  readonly headers: Record<string, string>
}

/** Looks on at everything that the parts of the house do, without being one of them. */
export interface Watch {
  readonly store: StoreObserver
  readonly audit: (audit: (event: AuditEvent) => void) => (event: AuditEvent) => void
  readonly serve: (asked: Asked, answer: () => Promise<Response>) => Promise<Response>
  readonly fetch: (fetch: FetchStranger) => FetchStranger
  readonly visit: <Outgoing extends WithHeaders, Reply>(
    resource: string,
    visitor: Visitor<Outgoing, Reply>,
  ) => Visitor<Outgoing, Reply>
}

export interface Watched {
  readonly numbers: Numbers
  readonly nameOf: (path: string) => string
  readonly tracing?: Tracing | undefined
  /** Whether a proxy of ours may say which trace a request belongs to. */
  readonly trustsProxies: boolean
  /** One decision, for the logs; within a request that has a span, with that. */
  readonly log?: ((event: Exported, span: Span | undefined) => void) | undefined
  /** Seconds, with fractions, of a clock that only goes forward. */
  readonly elapsed: () => number
  /** Seconds since 1970. */
  readonly now: () => number
}

const FEED = '/revoked-grants'
const REGISTER = '/register'

export function watch({ numbers, nameOf, tracing, trustsProxies, log, elapsed, now }: Watched): Watch {
  const stories = new AsyncLocalStorage<Story>()
  let inFlight = 0
  numbers.inFlight.set([], 0)

  function heard(event: AuditEvent): void {
    count(numbers, event)
    const story = stories.getStore()
    story?.heard.push(event)
    log?.(exportedEvent(event), story?.span)
  }

  /** Something that is part of a request, or of nothing. */
  function part<T>(
    name: string,
    kind: 'client' | 'internal',
    facts: Facts,
    ask: (span: Span | undefined) => Promise<T>,
    ended: (seconds: number, error?: unknown) => void,
  ): Promise<T> {
    const within = tracing === undefined ? undefined : stories.getStore()?.span
    const span = within === undefined ? undefined : tracing?.part(within, name, kind, facts)
    const began = elapsed()
    return ask(span).then(
      (result) => {
        ended(elapsed() - began)
        span?.end()
        return result
      },
      (error: unknown) => {
        ended(elapsed() - began, error)
        span?.end(problemOf(error))
        throw error
      },
    )
  }

  return {
    store: {
      committed: heard,
      verb: (verbs, name, ask) =>
        part(`store ${verbs}.${name}`, 'internal', {}, ask, (seconds, error) => {
          numbers.databaseSeconds.observe([verbs], seconds)
          if (error === undefined) return
          numbers.databaseFailures.add([error instanceof StoreUnavailable ? 'unavailable' : 'failed'])
        }),
    },
    audit: (audit) => (event) => {
      heard(event)
      audit(event)
    },
    serve: async ({ request, path, correlation, network, isFromProxy }, answer) => {
      const route = nameOf(path)
      const caller = tracing === undefined ? undefined : readCaller(request.headers)
      const isTrusted = trustsProxies && isFromProxy
      const span = tracing?.serve(
        `${request.method} ${route}`,
        {
          'http.request.method': request.method,
          'http.route': route,
          'doorward.correlation': correlation,
          'doorward.network': network,
        },
        caller,
        isTrusted,
      )
      const story: Story = { heard: [], span, state: isTrusted ? caller?.state : undefined }
      const isRegistration = path.endsWith(REGISTER)
      const began = elapsed()
      let status = 500
      numbers.inFlight.set([], ++inFlight)
      try {
        // Who only counts has no use for what belongs together, but where an application registers.
        const response = await (span !== undefined || log !== undefined || isRegistration
          ? stories.run(story, answer)
          : answer())
        status = response.status
        return response
      } finally {
        numbers.inFlight.set([], --inFlight)
        numbers.requests.add([route, `${Math.floor(status / 100)}xx`])
        numbers.requestSeconds.observe([route], elapsed() - began)
        if (route === FEED && status < 400) numbers.feedServed.set([], now())
        // A known application is answered again and again, and not each time with an event.
        const isNew = story.heard.some(({ type }) => type === 'client.registered')
        if (isRegistration && status === 201 && !isNew) numbers.registrations.add(['repeated'])
        if (span !== undefined) {
          const { facts, problem } = outcomeOf(story, status)
          span.add(facts)
          span.end(problem)
        }
      }
    },
    fetch: (fetch) => (wanted) =>
      part(
        'fetch',
        'client',
        { 'server.address': hostOf(wanted.url) },
        () => fetch(wanted),
        (seconds, error) => {
          numbers.fetchSeconds.observe([], seconds)
          numbers.fetches.add([error === undefined ? 'answered' : 'failed'])
        },
      ),
    visit: (resource, visitor) => (outgoing) =>
      part(
        'upstream',
        'client',
        { 'doorward.resource': resource },
        (span) => {
          if (span !== undefined) writeCaller(outgoing.headers, span, stories.getStore()?.state)
          return visitor(outgoing)
        },
        (seconds) => numbers.upstreamSeconds.observe([resource], seconds),
      ),
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname.slice(0, 100) ?? ''
}

/** Our own word for it, where there is one: messages may hold what strangers or databases said. */
function problemOf(error: unknown): string {
  const reason = (error as { readonly reason?: unknown } | undefined)?.reason
  if (typeof reason === 'string') return reason
  return error instanceof StoreUnavailable ? 'store_unavailable' : 'failed'
}
