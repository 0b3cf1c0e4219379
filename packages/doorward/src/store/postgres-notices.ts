import type { Client, Notification } from 'pg'
import { type Change, changeText, type Hear, type Notices, readChange } from './change.ts'
import { storable } from './driver.ts'
import { StoreUnavailable } from './unavailable.ts'

export const CHANNEL = 'doorward'
const SAY = 'SELECT pg_notify($1, $2)'
/** Said by another connection, for this one to hear: through a pooler that shares connections, it does not come back. */
const ECHO = 'echo '

/**
 * Says with the transaction that is open here what it changes. Sent with its COMMIT, it costs no exchange of its own.
 * @param keepsNames whether a statement that was named is there the next time
 */
export function sayChanges(
  client: Client,
  changes: readonly Change[],
  keepsNames: boolean,
): readonly Promise<unknown>[] {
  const statement = keepsNames ? { name: 'dwsay', text: SAY } : { text: SAY }
  return changes.map((change) => client.query({ ...statement, values: [...storable([CHANNEL, changeText(change)])] }))
}

/** Whether this engine has them; some that speak as PostgreSQL does have not, and what is said there would undo the change. */
export async function hasNotices(client: Client): Promise<boolean> {
  const { rows } = await client.query("SELECT count(*) AS n FROM pg_proc WHERE proname = 'pg_notify'")
  return Number(rows[0]?.n) > 0
}

/**
 * Hears what every process on the database says, on a connection that does nothing else. One that was lost and made anew has missed
 * something, and tells that as a change of everything.
 * @param connect a new connection
 * @param say runs a statement on some other connection
 */
export function postgresNotices(
  connect: () => Promise<Client>,
  say: (sql: string, ...values: string[]) => Promise<unknown>,
  hear: Hear,
): Extract<Notices, { by: 'listening' }> & { readonly close: () => void } {
  let listening: Client | undefined
  let isClosed = false
  let stop = () => {}

  const lost = new WeakSet<Client>()

  function lose(client: Client): void {
    if (lost.has(client)) return
    lost.add(client)
    if (listening === client) listening = undefined
    client.removeAllListeners('notification')
    // Asked to end, a connection whose network fell silent would stay.
    client.connection.stream.destroy()
    hear({ of: 'everything' })
  }

  async function listen(client: Client): Promise<void> {
    const { rows } = await client.query('SELECT pg_backend_pid() AS id')
    const echo = `${ECHO}${rows[0]?.id}`
    const echoed = Promise.withResolvers<void>()
    client.on('notification', ({ payload = '' }: Notification) => {
      if (payload === echo) echoed.resolve()
      else if (!payload.startsWith(ECHO)) hear(readChange(payload))
    })
    client.on('end', () => lose(client))
    await client.query(`LISTEN ${CHANNEL}`)
    // What was said until here, this one has not heard.
    hear({ of: 'everything' })
    // Nothing is lost with an echo, so nobody waits for the disk.
    await say("SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)", CHANNEL, echo)
    await echoed.promise
  }

  /** That the server answers is not enough: a proxy may have put another connection of its own behind this one. */
  async function ask(client: Client): Promise<void> {
    const { rows } = await client.query('SELECT pg_listening_channels() AS channel')
    if (!rows.some(({ channel }) => channel === CHANNEL)) throw new StoreUnavailable('Nobody listens for notices')
  }

  return {
    by: 'listening',
    prove: async (signal) => {
      if (isClosed) throw new StoreUnavailable('The store is closed')
      const client = listening ?? (await connect())
      const given = Promise.withResolvers<never>()
      stop = () => given.reject(new StoreUnavailable('No notice came through the database'))
      signal.addEventListener('abort', stop)
      if (signal.aborted || isClosed) stop()
      try {
        await Promise.race([client === listening ? ask(client) : listen(client), given.promise])
        listening = client
      } catch (error) {
        lose(client)
        throw error
      } finally {
        signal.removeEventListener('abort', stop)
        stop = () => {}
      }
    },
    close: () => {
      isClosed = true
      stop()
      if (listening !== undefined) lose(listening)
    },
  }
}
