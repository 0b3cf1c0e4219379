import { hostsOf } from './postgres-hosts.ts'

/** What the address of a PostgreSQL says of us, and what is left of it for the driver. */
export interface PostgresSettings {
  /** One for each host. */
  readonly addresses: readonly string[]
  /** Connections at most. */
  readonly most: number
  /** Whether statements keep their names; undefined where each connection finds out. */
  readonly isPrepared: boolean | undefined
}

const MOST_CONNECTIONS = 8
/** What `pg` and we take from the query. `pg` passes over a name that it does not know, and would let others undo what we set. */
const KNOWN = [
  'application_name',
  'fallback_application_name',
  'host',
  'options',
  'password',
  'pool_max',
  'port',
  'prepared',
  'ssl',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'target_session_attrs',
  'uselibpqcompat',
  'user',
]

const PREPARED: Readonly<Record<string, boolean | undefined>> = { auto: undefined, yes: true, no: false }

/**
 * Reads `pool_max` and `prepared` from the query of the address. What else may stand there is left to the driver.
 * @throws Error naming the parameter, its value and what it may be; or, without the password, what keeps the address from being read.
 */
export function postgresSettings(address: string): PostgresSettings {
  const [before = '', query = ''] = address.split(/\?(.*)/s)
  const parameters = new URLSearchParams(query)
  const most = parameters.get('pool_max') ?? String(MOST_CONNECTIONS)
  if (!/^[1-9]\d{0,2}$/.test(most))
    throw new Error(`The database's pool_max is '${most}'; give how many connections it may open, from 1 to 999.`)
  const prepared = parameters.get('prepared') ?? 'auto'
  if (!Object.hasOwn(PREPARED, prepared))
    throw new Error(`The database's prepared is '${prepared}'; give auto, yes or no (docs/postgres.md).`)
  for (const name of ['pool_max', 'prepared']) parameters.delete(name)
  const addresses = hostsOf(parameters.size === 0 ? before : `${before}?${parameters}`)
  const unknown = [...parameters.keys()].find((name) => !KNOWN.includes(name))
  // What is after a question mark in a password is taken for the query, and not repeated.
  if (!addresses.every(canBeRead) || (unknown !== undefined && query.includes('@')))
    throw new Error(
      'The address of the database cannot be read; in its user and password write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25, and give a port up to 65535.',
    )
  if (unknown !== undefined)
    throw new Error(
      `The address of the database asks for '${unknown}', which is not known here; mend its name or leave it out. Known: ${KNOWN.join(', ')}.`,
    )
  return { addresses, most: Number(most), isPrepared: PREPARED[prepared] }
}

/** As the driver reads it, which allows for no host where a socket is named in the query. */
function canBeRead(address: string): boolean {
  return URL.canParse(address) || URL.canParse(address.replace('@/', '@host/'))
}
