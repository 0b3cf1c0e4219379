import { type Html, html } from '../../html.ts'
import { counter } from '../plural.ts'

const days = counter('en', { one: 'day', other: 'days' })

export const connections = {
  title: 'Your connections',
  lead: 'These applications may act for you. What you take back here is in force with their next call.',
  none: 'No application may act for you.',
  noneYet: (start: Html) =>
    html`Give one the address of an MCP server; it will ask you, and is listed here then. The addresses are on the ${start}.`,
  start: 'start page',
  done: {
    narrow: 'It may do less now.',
    end: 'The end is set.',
    disconnect: 'It is disconnected.',
    'disconnect-all': 'Everything is disconnected.',
  },
  server: 'MCP server',
  may: 'It may',
  undivided: 'Use this MCP server in your name; the server divides that no further.',
  opened: 'Connected',
  used: 'Last used',
  from: (network: Html) => html`from ${network}`,
  fromHere: (network: Html) => html`from ${network}, like this browser`,
  tokens: 'Its tokens',
  bound: {
    key: 'are worth nothing without its key.',
    certificate: 'are worth nothing without its certificate.',
    nothing: 'work for whoever has them, for a few minutes each.',
  },
  ends: 'Ends',
  endsUnused: (count: number) => `When you disconnect it, or after ${days(count)} without use.`,
  change: 'Less access, or an end',
  keepWhich: 'It may still',
  keepOnly: 'Leave only what is ticked',
  lastDay: 'Last day',
  aboutLastDay: 'It ends with that day (UTC). Leave it empty for no end.',
  setEnd: 'Set the end',
  disconnect: 'Disconnect',
  all: 'Disconnect everything',
  aboutAll: 'No application may act for you any more, until you allow it again.',
  disconnectAll: 'Disconnect all of them',
}
