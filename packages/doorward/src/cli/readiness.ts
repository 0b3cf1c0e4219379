import type { Keyring } from '../authority/keys/keyring.ts'
import { isForbidden } from '../store/postgres-errors.ts'
import type { Store } from '../store/store.ts'
import { StoreClosed, StoreUnavailable } from '../store/unavailable.ts'

/** Why callers should go elsewhere for now. */
export type Unready =
  | 'starting'
  | 'draining'
  | 'database_unavailable'
  | 'database_closed'
  | 'database_forbidden'
  | 'schema_outgrown'
  | 'schema_behind'
  | 'keys_unusable'

const CAUSES: Readonly<Record<Unready, string>> = {
  starting: 'This process is still starting.',
  draining: 'This process was asked to stop and takes leave of its callers.',
  database_unavailable: 'The database does not answer, or its file is no longer where it was opened.',
  database_closed:
    'The database was moved to another, or is being moved or filled; serve that one, or take back a move that is not done (doorward migrate --abort).',
  database_forbidden: 'The database does not let its user change the tables; the owner of the database may let it.',
  schema_outgrown: 'A newer release has changed the database so that this process cannot work on it; run that release.',
  schema_behind: 'The database is older than this process made it, as after a backup was played back; start it anew.',
  keys_unusable: 'The signing keys in the database are missing, or do not open with the secret of this process.',
}

/** What is looked at. */
export interface Looked {
  readonly store: Pick<Store, 'schema'>
  readonly keyring: Pick<Keyring, 'look'>
}

export interface Readiness {
  /** From now on there is something to look at. */
  readonly opened: (house: Looked) => void
  readonly leave: () => void
  /** Answers `/healthz` and `/readyz`; undefined for every other path. */
  readonly answer: (path: string) => Promise<Response> | undefined
}

/** Probes come from many sides; what was found counts for all of them for so long. */
const REMEMBER_MILLISECONDS = 1000
/**
 * A database that is slow is slow for all nodes: that none of them is ready helps nobody. Shorter than the five seconds that probes have
 * where we write them, so that they get to read why.
 */
const PATIENCE_MILLISECONDS = 4000

/**
 * Whether a process lives, and whether it should be sent callers. Neither says anything secret, and asking often costs nothing.
 * @param now milliseconds, of a clock that never goes back
 */
export function readiness(now: () => number, patienceMilliseconds = PATIENCE_MILLISECONDS): Readiness {
  let house: Looked | undefined
  let isLeaving = false
  let found: { readonly until: number; readonly because: Promise<readonly Unready[]> } | undefined

  async function because(): Promise<readonly Unready[]> {
    if (isLeaving) return ['draining']
    if (house === undefined) return ['starting']
    if (found === undefined || found.until <= now())
      found = { until: now() + REMEMBER_MILLISECONDS, because: within(look(house), patienceMilliseconds) }
    return found.because
  }

  return {
    opened: (opened) => {
      house = opened
    },
    leave: () => {
      isLeaving = true
    },
    answer: (path) => {
      if (path === '/healthz') return Promise.resolve(plain(200, { status: 'alive' }))
      return path === '/readyz' ? because().then(ready) : undefined
    },
  }
}

/** Both at once: a way to the database and back may take long. */
async function look({ store, keyring }: Looked): Promise<readonly Unready[]> {
  const [schema, keys] = await Promise.allSettled([store.schema(), keyring.look()])
  if (schema.status === 'rejected') return [whyNot(schema.reason)]
  if (schema.value !== 'current') return [`schema_${schema.value}`]
  if (keys.status === 'fulfilled') return []
  return [keys.reason instanceof StoreUnavailable ? 'database_unavailable' : 'keys_unusable']
}

/** Of one that is closed the address of the other is not said: whoever asks may be anybody. */
function whyNot(failure: unknown): Unready {
  if (failure instanceof StoreClosed) return 'database_closed'
  return isForbidden(failure) ? 'database_forbidden' : 'database_unavailable'
}

/** Who does not answer in time is taken for gone; whatever comes later is of no interest. */
function within(looking: Promise<readonly Unready[]>, milliseconds: number): Promise<readonly Unready[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Unready[]>()
  const timer = setTimeout(() => resolve(['database_unavailable']), milliseconds)
  void looking.then(resolve).finally(() => clearTimeout(timer))
  return promise
}

function ready(because: readonly Unready[]): Response {
  if (because.length === 0) return plain(200, { status: 'ready' })
  return plain(503, { status: 'unready', because: because.map((reason) => ({ reason, cause: CAUSES[reason] })) })
}

function plain(status: number, body: object): Response {
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: status === 503 ? { ...headers, 'retry-after': '2' } : headers,
  })
}
