import type { Client } from 'pg'
import type { Connection } from './postgres-connection.ts'
import { isUnknownFunction } from './postgres-errors.ts'
import { breakOff, leave } from './postgres-socket.ts'
import { StoreReadOnly, StoreUnavailable } from './unavailable.ts'

/** What the other hosts may still say once one has said that it is the primary. */
const LATE_MILLISECONDS = 1000

const READ_ONLY =
  'The database can only be read: it is a standby, or default_transaction_read_only is on for it or this user; name the primary, or turn that off'

const PRIMARY = `SELECT current_setting('transaction_read_only') AS only,
  CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END AS file`

/**
 * The addresses that `postgres://one:5432,two:5432/doorward` names, one for each host; `target_session_attrs` may stand there and can
 * mean only one thing.
 * @throws Error where it asks for something that cannot be written to
 */
export function hostsOf(address: string): readonly string[] {
  const [, before = '', hosts = '', rest = ''] = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is.exec(address) ?? []
  const wanted = /[?&]target_session_attrs=([^&#]*)/.exec(rest)?.[1]
  if (wanted !== undefined && wanted !== 'read-write' && wanted !== 'primary') {
    throw new Error(
      `The database is asked for with target_session_attrs=${wanted}, and Doorward writes; take read-write, or leave it out.`,
    )
  }
  const after = rest.replace(/([?&])target_session_attrs=[^&#]*(&?)/, (_, sign: string, more: string) =>
    more === '' ? '' : sign,
  )
  return hosts.split(',').map((host) => before + host + after)
}

/**
 * Connects to the primary among the hosts, wherever it is by now. A standby is left again; so is a primary of an older timeline
 * than one that was seen: it was replaced, and came back without knowing.
 * @param open connects to one address; rejects in time
 */
export function toPrimary(addresses: readonly string[], open: (address: string) => Promise<Connection>) {
  let newest = 0
  /** The address of the connections that live, as long as none has broken. */
  let current: string | undefined
  const living = new Map<Client, number>()

  async function visit(address: string): Promise<{ connection: Connection; timeline: number; address: string }> {
    const connection = await open(address)
    const { client } = connection
    try {
      const timeline = await timelineOf(client, addresses.length > 1)
      if (timeline === undefined) throw new StoreReadOnly(READ_ONLY)
      if (timeline < newest) throw new StoreUnavailable('The database was replaced by another, which is newer')
      return { connection, timeline, address }
    } catch (error) {
      await leave(client)
      throw error
    }
  }

  /** All are asked, so that one that was replaced does not pass for the newest because it answers first. */
  async function search() {
    const visits = addresses.map(visit)
    const all = Promise.allSettled(visits)
    await Promise.any(visits).catch(({ errors }: AggregateError) => Promise.reject(errors[0]))
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, LATE_MILLISECONDS).unref())])
    const none = new StoreUnavailable('late')
    const here = await Promise.allSettled(visits.map((one) => Promise.race([one, Promise.reject(none)])))
    const found = here.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const best = found.reduce((one, other) => (other.timeline > one.timeline ? other : one))
    for (const one of visits)
      void one.then(
        ({ connection }) => (connection === best.connection ? undefined : leave(connection.client)),
        () => undefined,
      )
    return best
  }

  /** The next who connects asks all. */
  function forget(error: unknown): never {
    current = undefined
    throw error
  }

  return async function connect(): Promise<Connection> {
    const { connection, timeline, address } = await (current === undefined ? search() : visit(current).catch(forget))
    newest = Math.max(newest, timeline)
    current = address
    const { client } = connection
    living.set(client, timeline)
    client.once('end', () => {
      living.delete(client)
      current = undefined
    })
    for (const [other, older] of living) if (older < newest) breakOff(other)
    return connection
  }
}

/** Undefined where it cannot be written to. Who is the only one is the newest: then 0 is as good as any. */
async function timelineOf(client: Client, isOneOfMany: boolean): Promise<number | undefined> {
  if (isOneOfMany) {
    try {
      const { only, file } = (await client.query(PRIMARY)).rows[0]
      return only === 'on' || file === null ? undefined : Number.parseInt(String(file).slice(0, 8), 16)
    } catch (error) {
      if (!isUnknownFunction(error)) throw error
    }
  }
  const { transaction_read_only } = (await client.query('SHOW transaction_read_only')).rows[0]
  return transaction_read_only === 'on' ? undefined : 0
}
