import { REASONS } from '@doorward/core/oauth/reasons'
import { counter, gauge, histogram, type Metric } from './instruments.ts'

/** What the labels of this house may say, as far as its configuration decides it. */
export interface Named {
  /** Names of routes, never paths that somebody asked for. */
  readonly routes: readonly string[]
  /** The addresses of the MCP servers that the gateway stands before. */
  readonly resources: readonly string[]
  readonly version: string
  readonly node: string
  readonly engine: 'sqlite' | 'postgres'
}

/** Groups of verbs of the store (`store.ts`). */
export const VERBS = [
  'attempts',
  'claims',
  'clients',
  'devices',
  'events',
  'governing',
  'grants',
  'identities',
  'invites',
  'journeys',
  'keys',
  'passkeys',
  'rules',
  'sessions',
  'stories',
  'sweep',
  'upstreams',
  'users',
] as const

/** Said in events and in no answer, so that the catalogue of refusals has no words for them. */
export const OF_EVENTS = [
  'admin_not_signed_in',
  'certificate_not_renewed',
  'device_code_malformed',
  'device_code_unknown',
  'device_limit_of_all',
  'device_network_limit',
  'device_person_limit',
  'federated_domain',
  'keys_not_tended',
  'locked_out',
  'network_busy',
  'password_wrong',
  'sign_in_too_old',
  'sweep_failed',
  'too_busy',
  'too_many_at_once',
  'unexpected_error',
  'user_disabled',
  'user_unknown',
  'worker_ended',
] as const

const STATUSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const
const SIGNALS = ['traces', 'metrics', 'logs'] as const
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
const DATABASE_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5]
const ELSEWHERE_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

export type Numbers = ReturnType<typeof numbersOf>

/** Every number that Doorward tells, each with all of its series: how many there are depends on the configuration alone. */
export function numbersOf({ routes, resources, version, node, engine }: Named) {
  const route = { name: 'route', values: routes, isOpen: true }
  const resource = { name: 'resource', values: resources, isOpen: true }
  const build = gauge({
    name: 'doorward_build_info',
    help: 'Always 1; its labels say what runs.',
    labels: [
      { name: 'version', values: [version] },
      { name: 'node', values: [node] },
      { name: 'engine', values: [engine] },
    ],
  })
  build.set([version, node, engine], 1)
  return {
    build,
    requests: counter({
      name: 'doorward_requests_total',
      help: 'Requests answered, by route and class of status.',
      labels: [route, { name: 'status', values: STATUSES }],
    }),
    requestSeconds: histogram({
      name: 'doorward_request_duration_seconds',
      help: 'From the request to the head of its answer.',
      labels: [route],
      bounds: REQUEST_SECONDS,
    }),
    inFlight: gauge({ name: 'doorward_requests_in_flight', help: 'Requests that wait for their answer.', labels: [] }),
    grants: counter({
      name: 'doorward_grants_total',
      help: 'What became of grants: tokens issued, rotated, repeated within the window, reused (and the grant ended), revoked, narrowed.',
      labels: [{ name: 'verdict', values: ['issued', 'rotated', 'repeated', 'reused', 'revoked', 'narrowed'] }],
    }),
    consents: counter({
      name: 'doorward_consents_total',
      help: 'Answers of people to applications.',
      labels: [{ name: 'answer', values: ['given', 'denied'] }],
    }),
    registrations: counter({
      name: 'doorward_registrations_total',
      help: 'Applications that registered: new, known before and answered again, refused (the reason is in doorward_refusals_total).',
      labels: [{ name: 'outcome', values: ['new', 'repeated', 'refused'] }],
    }),
    refusals: counter({
      name: 'doorward_refusals_total',
      help: 'Refusals by the reason that the caller was told (docs/errors.md).',
      labels: [{ name: 'reason', values: [...new Set([...Object.keys(REASONS), ...OF_EVENTS])].sort(), isOpen: true }],
    }),
    signIns: counter({
      name: 'doorward_sign_ins_total',
      help: 'People who signed in, failed to, or had to wait because of those who failed before.',
      labels: [{ name: 'outcome', values: ['succeeded', 'failed', 'locked'] }],
    }),
    calls: counter({
      name: 'doorward_gateway_calls_total',
      help: 'Requests at the gateway: passed on and answered, refused at the door, or failed because of the server behind.',
      labels: [resource, { name: 'outcome', values: ['allowed', 'refused', 'failed'] }],
    }),
    upstreamSeconds: histogram({
      name: 'doorward_upstream_duration_seconds',
      help: 'From passing a request on to the head of the answer of the MCP server behind.',
      labels: [resource],
      bounds: ELSEWHERE_SECONDS,
    }),
    fetches: counter({
      name: 'doorward_outbound_fetches_total',
      help: 'Addresses fetched: metadata documents, key sets, logos, identity providers.',
      labels: [{ name: 'outcome', values: ['answered', 'failed'] }],
    }),
    fetchSeconds: histogram({
      name: 'doorward_outbound_fetch_duration_seconds',
      help: 'How long such a fetch took.',
      labels: [],
      bounds: ELSEWHERE_SECONDS,
    }),
    databaseSeconds: histogram({
      name: 'doorward_database_duration_seconds',
      help: 'How long a verb of the store took, waiting included.',
      labels: [{ name: 'verbs', values: VERBS, isOpen: true }],
      bounds: DATABASE_SECONDS,
    }),
    databaseFailures: counter({
      name: 'doorward_database_failures_total',
      help: 'Verbs that the database did not do: it could not be asked (the caller is told 503), or it refused.',
      labels: [{ name: 'kind', values: ['unavailable', 'failed'] }],
    }),
    databaseWaiting: gauge({
      name: 'doorward_database_waiting',
      help: 'Verbs that wait to be begun; beyond 5000 that read or 5000 that write, on PostgreSQL, callers are told 503.',
      labels: [],
    }),
    databaseUp: gauge({
      name: 'doorward_database_up',
      help: 'Whether the database answered while these numbers were read.',
      labels: [],
    }),
    clockAhead: gauge({
      name: 'doorward_database_clock_ahead_seconds',
      help: 'By how much the clock of the database, which counts, is ahead of the one here; 0 where they are less than 2 s apart. Measured with each connection.',
      labels: [],
    }),
    changesHeard: gauge({
      name: 'doorward_changes_heard',
      help: 'Whether what other processes on the database change is heard of at once; where it is not, each decision reads.',
      labels: [],
    }),
    eventsWaiting: gauge({
      name: 'doorward_events_waiting',
      help: 'Events that wait to be written; beyond 2000 they are dropped and counted.',
      labels: [],
    }),
    eventsDropped: counter({
      name: 'doorward_events_dropped_total',
      help: 'Events that were not written because too many came at once or the database failed.',
      labels: [],
    }),
    keyAge: gauge({
      name: 'doorward_signing_key_age_seconds',
      help: 'Age of the key that signs access tokens.',
      labels: [],
    }),
    keyNext: gauge({
      name: 'doorward_signing_key_next_rotation_seconds',
      help: 'Until the next key is made; below 0 it is overdue.',
      labels: [],
    }),
    keys: gauge({ name: 'doorward_signing_keys', help: 'Keys that are published.', labels: [] }),
    feedServed: gauge({
      name: 'doorward_revocation_feed_served_timestamp_seconds',
      help: 'When the feed of revoked grants was last given to somebody.',
      labels: [],
    }),
    exports: counter({
      name: 'doorward_telemetry_exports_total',
      help: 'Batches for the OpenTelemetry collector, and whether it took them.',
      labels: [
        { name: 'signal', values: SIGNALS },
        { name: 'outcome', values: ['sent', 'failed'] },
      ],
    }),
  }
}

const LATE = 'How late the event loop came to what was due, since this was last read'

/** What every process can say of itself, under the names that dashboards know. */
export function processNumbers() {
  return {
    cpu: counter({ name: 'process_cpu_seconds_total', help: 'CPU time, of all threads.', labels: [] }),
    started: gauge({ name: 'process_start_time_seconds', help: 'When the process began.', labels: [] }),
    resident: gauge({ name: 'process_resident_memory_bytes', help: 'Memory that it holds.', labels: [] }),
    heap: gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Of that, what JavaScript uses.', labels: [] }),
    files: gauge({ name: 'process_open_fds', help: 'Open files and sockets.', labels: [] }),
    mostFiles: gauge({ name: 'process_max_fds', help: 'How many it may open.', labels: [] }),
    lagMedian: gauge({
      name: 'nodejs_eventloop_lag_p50_seconds',
      help: `${LATE}: half of the times less.`,
      labels: [],
    }),
    lagMost: gauge({
      name: 'nodejs_eventloop_lag_p99_seconds',
      help: `${LATE}: of a hundred times one more.`,
      labels: [],
    }),
    lagLongest: gauge({ name: 'nodejs_eventloop_lag_max_seconds', help: `${LATE}: the worst time.`, labels: [] }),
  }
}

export function metricsOf(...groups: readonly Readonly<Record<string, Metric>>[]): Metric[] {
  return groups.flatMap((group) => Object.values(group))
}
