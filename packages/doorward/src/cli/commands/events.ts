import { EVENT_TYPES } from '@doorward/core/kernel/audit'
import { OAuthError } from '@doorward/core/oauth/error'
import type { OutputOf } from '../../authority/admin/act.ts'
import { endless, type GovernOptions, type Governor, govern } from '../govern/governor.ts'
import { AwayError, UsageError } from '../problem.ts'
import { type AddCommand, governingCommand } from './command.ts'

type Event = OutputOf<'events.list'>['events'][number]

interface Options extends GovernOptions {
  readonly follow?: boolean
  readonly limit: string
  readonly ref?: string
  readonly type?: string[]
  readonly refused?: boolean
  readonly reason?: string
  readonly client?: string
  readonly user?: string
}

const POLL_MILLISECONDS = 200
/** A server elsewhere is asked less often. */
const REMOTE_POLL_MILLISECONDS = 1000
const PAGE = 500

export const events: AddCommand = (program, terminal) => {
  governingCommand(program, 'events', 'Every decision, allowed or refused, with its reason.', 'one line of JSON each')
    .option('--follow', 'keep printing as they happen')
    .option('--ref <reference>', 'only those with this reference (from an error page or error_description)')
    .option('--type <type...>', 'only of these types, such as consent.given')
    .option('--refused', 'only refusals')
    .option('--reason <reason>', 'only with this reason')
    .option('--client <id>', 'only of this application')
    .option('--user <email>', 'only what this person did, or what was done to them')
    .option('--limit <count>', 'how many of the latest', '50')
    .action((options: Options) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1)
        throw new UsageError(`--limit is '${options.limit}'; give a whole number from 1 on.`)
      for (const type of options.type ?? []) {
        if (!isKnown(type)) terminal.say(`No event is called '${type}' in this version. ${namesLike(type)}`)
      }
      const show = (event: Event) => terminal.print(options.json ? JSON.stringify(event) : line(event))
      return govern(options, terminal, async (governor) => {
        const filter = await filterOf(governor, options)
        const { last, ...start } = await governor.act('events.since', {})
        let { next } = start
        const found = await latest(governor, filter, limit, last)
        for (const event of found) show(event)
        if (found.length === 0 && !options.follow) terminal.say(`Nothing like that is remembered in ${governor.at}.`)
        // One that was written while these were looked up is among them already.
        const shown = new Set(found.map(({ id }) => id))
        let isAway = false
        let stopped = !options.follow
        if (!stopped) void terminal.untilStopped().then(() => (stopped = true))
        while (!stopped) {
          const page = await pageAfter(governor, next).catch((error: unknown) => {
            const problem = passing(error)
            if (!isAway) terminal.say(`${problem} Events go on when it answers again.`)
            isAway = true
          })
          if (page === undefined) {
            await pause(REMOTE_POLL_MILLISECONDS)
            continue
          }
          isAway = false
          for (const event of page.events) if (fits(event, filter) && !shown.has(event.id)) show(event)
          const isMore = page.events.length === PAGE && page.next !== next
          next = page.next
          if (isMore) continue
          const isRemote = options.remote !== undefined || terminal.env.DOORWARD_REMOTE !== undefined
          await pause(isRemote ? REMOTE_POLL_MILLISECONDS : POLL_MILLISECONDS)
        }
      })
    })
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const pageAfter = ({ act }: Governor, after: string) => act('events.since', { after, limit: PAGE })

/**
 * Why nothing came, where it is worth asking again from the same place: whoever reads along would miss what happens until they begin anew.
 * @throws what is no outage
 */
function passing(error: unknown): string {
  if (error instanceof AwayError) return error.message
  if (error instanceof OAuthError && error.status === 503) return error.description
  throw error
}

interface Filter {
  readonly correlation?: string | undefined
  readonly type?: string[] | undefined
  readonly outcome?: 'refused' | undefined
  readonly reason?: string | undefined
  readonly client?: string | undefined
  readonly person?: string | undefined
}

async function filterOf({ act }: Governor, options: Options): Promise<Filter> {
  return {
    correlation: options.ref,
    type: options.type,
    outcome: options.refused ? 'refused' : undefined,
    reason: options.reason,
    client: options.client,
    person: options.user === undefined ? undefined : (await act('people.show', { id: options.user })).id,
  }
}

function isKnown(type: string): boolean {
  return EVENT_TYPES.some((known) => known === type)
}

/** Those of the same kind, or the kinds. */
function namesLike(type: string): string {
  const kindOf = (name: string) => name.split('.', 1)[0] as string
  const alike = EVENT_TYPES.filter((known) => kindOf(known) === kindOf(type))
  if (alike.length > 0) return `There are ${alike.join(', ')}.`
  return `They begin with ${[...new Set(EVENT_TYPES.map(kindOf))].join(', ')}.`
}

/** The newest of them, in the order in which they happened: what could wait was written after what could not. */
async function latest({ act }: Governor, filter: Filter, limit: number, last: number): Promise<Event[]> {
  const found: Event[] = []
  let before: number | undefined = last + 1
  while (before !== undefined && found.length < limit) {
    const page: OutputOf<'events.list'> = await act('events.list', {
      ...filter,
      before,
      limit: Math.min(PAGE, limit - found.length),
    })
    found.push(...page.events)
    // Older each time, whatever a server elsewhere says.
    if (page.next !== undefined && page.next >= before) throw endless()
    before = page.next
  }
  return found.sort((a, b) => a.at - b.at || a.id - b.id)
}

/** The same as the server's own search, for what comes after it. */
function fits(event: Event, { correlation, type, outcome, reason, client, person }: Filter): boolean {
  return (
    (correlation === undefined || event.correlation === correlation) &&
    (type === undefined || type.includes(event.type)) &&
    (outcome === undefined || event.outcome === outcome) &&
    (reason === undefined || event.reason === reason) &&
    (client === undefined || event.client === client) &&
    (person === undefined || event.actor === person || event.detail?.person === person)
  )
}

function line(event: Event): string {
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
