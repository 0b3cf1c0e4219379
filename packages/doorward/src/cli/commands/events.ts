import type { StoredEvent } from '../../store/store.ts'
import { openDatabase } from '../compose.ts'
import { type DatabaseOptions, findDatabase } from '../database.ts'
import { UsageError } from '../problem.ts'
import { type AddCommand, databaseCommand } from './command.ts'

interface Options extends DatabaseOptions {
  readonly follow?: boolean
  readonly json?: boolean
  readonly limit: string
  readonly ref?: string
}

const POLL_MILLISECONDS = 200
const PAGE = 500

export const events: AddCommand = (program, terminal) => {
  databaseCommand(program, 'events', 'Every decision, allowed or refused, with its reason.', 'one line of JSON each')
    .option('--follow', 'keep printing as they happen')
    .option('--ref <reference>', 'only those with this reference (from an error page or error_description)')
    .option('--limit <count>', 'how many of the latest', '50')
    .action(async (options: Options) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1)
        throw new UsageError(`--limit is '${options.limit}'; give a whole number from 1 on.`)
      const store = openDatabase(findDatabase(options, terminal.env))
      try {
        let after = options.ref === undefined ? Math.max(0, (await store.events.lastId()) - limit) : 0
        let stopped = false
        if (options.follow) void terminal.untilStopped().then(() => (stopped = true))
        do {
          const page = await store.events.list({
            after,
            limit: PAGE,
            ...(options.ref === undefined ? {} : { correlation: options.ref }),
          })
          for (const event of page) terminal.print(options.json ? JSON.stringify(event) : line(event))
          after = page.at(-1)?.id ?? after
          if (page.length === PAGE) continue
          if (!options.follow) return
          await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
        } while (!stopped)
      } finally {
        await store.close()
      }
    })
}

function line(event: StoredEvent): string {
  const facts = [
    event.correlation && `ref=${event.correlation}`,
    event.client && `client=${event.client}`,
    event.actor && `actor=${event.actor}`,
    event.resource && `resource=${event.resource}`,
    event.grant && `grant=${event.grant}`,
    event.network && `from=${event.network}`,
    ...Object.entries(event.detail ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`),
  ].filter(Boolean)
  const time = new Date(event.at).toISOString()
  return `${time}  ${event.outcome === 'allowed' ? 'ok     ' : 'REFUSED'}  ${event.type} (${event.reason})  ${facts.join(' ')}`
}
