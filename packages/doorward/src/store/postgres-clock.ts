import type { Client } from 'pg'

const NOW = 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS at'
/** Less than this is not worth a correction: clocks that are kept by NTP differ by less. */
const LEAST_MILLISECONDS = 2000

/** How far the clock of the database is from the one here, measured with each connection. */
export function databaseClock(nowMilliseconds: () => number) {
  let ahead = 0
  return {
    ahead: () => ahead,
    measure: async (client: Client): Promise<void> => {
      const asked = nowMilliseconds()
      // What speaks PostgreSQL and is another may not tell.
      const { rows } = await client.query(NOW).catch(() => ({ rows: [] }))
      if (rows[0] === undefined) return
      const took = nowMilliseconds() - asked
      const measured = Number(rows[0].at) - (asked + took / 2)
      // It was read at any moment of the round trip.
      ahead = Math.abs(measured) < LEAST_MILLISECONDS + took / 2 ? 0 : Math.round(measured)
    },
  }
}
