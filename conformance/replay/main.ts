// Walks the known MCP clients through a server: `npm run replay -- --help`.
import { parseArgs } from 'node:util'
import { startDoorward } from '../doorward.ts'
import { CLIENTS } from './clients/index.ts'
import { type Door, type Report, replay } from './replay.ts'
import { reportText } from './report.ts'

const USAGE = `npm run replay -- [--issuer URL] [--mcp URL] [--email E --password P] [--as NAME,NAME] [--tool NAME]
               [--dynamic] [--json]

  Without --issuer a 'doorward dev' is started for it and stopped afterwards.
  --mcp       the MCP server; without it the first that the issuer's metadata lists, else ISSUER/mcp
  --as        ${CLIENTS.map(({ name }) => name).join(', ')}
  --tool      the tool to call; without it one that says of itself that it only reads
  --dynamic   register dynamically even where the server takes metadata documents

  It registers clients and opens grants there, as the real ones would. Exit status: 0 as it should be, 1 not, 2 wrong usage.
`

class Misused extends Error {}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Misused) && (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') !== true)
    throw error
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
  process.exitCode = 2
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      issuer: { type: 'string' },
      mcp: { type: 'string' },
      email: { type: 'string' },
      password: { type: 'string' },
      as: { type: 'string' },
      tool: { type: 'string' },
      dynamic: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const clients = chosen(values.as)
  const { door, stop } = values.issuer === undefined ? await ownDoor(values) : await foreignDoor(values.issuer, values)
  const reports: Report[] = []
  try {
    // One after another, as a person would: so a limit on requests is not what is measured.
    for (const client of clients) reports.push(await replay(client, { ...door, dynamically: values.dynamic }))
  } finally {
    await stop()
  }
  const text = reportText(reports, { mcp: door.mcp, own: values.issuer === undefined })
  process.stdout.write(values.json ? `${JSON.stringify({ mcp: door.mcp, reports })}\n` : text)
  return reports.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

function chosen(names: string | undefined) {
  if (names === undefined) return CLIENTS
  return names.split(',').map((name) => {
    const client = CLIENTS.find((candidate) => candidate.name === name.trim())
    if (client === undefined) throw new Misused(`There is no client '${name}' here.`)
    return client
  })
}

interface Given {
  readonly mcp?: string
  readonly email?: string
  readonly password?: string
  readonly tool?: string
}

async function ownDoor(given: Given): Promise<{ door: Door; stop: () => Promise<unknown> }> {
  if (given.mcp !== undefined) throw new Misused('--mcp needs the --issuer that it belongs to.')
  const { mcp, issuer, operator, stop } = await startDoorward(['dev'])
  return { door: { mcp, issuer, person: operator, ...toolOf(given) }, stop }
}

async function foreignDoor(issuer: string, given: Given): Promise<{ door: Door; stop: () => Promise<unknown> }> {
  const { email, password } = given
  for (const url of [issuer, given.mcp ?? issuer]) {
    if (!/^https?:\/\//.test(url) || URL.parse(url) === null) throw new Misused(`'${url}' is no web address.`)
  }
  if (email === undefined || password === undefined) {
    throw new Misused('Somebody has to sign in there: --email and --password.')
  }
  const door = {
    mcp: given.mcp ?? (await firstResource(issuer)),
    issuer,
    person: { email, password },
    ...toolOf(given),
  }
  return { door, stop: async () => undefined }
}

function toolOf({ tool }: Given): { tool?: string } {
  return tool === undefined ? {} : { tool }
}

async function firstResource(issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server${path}`)
    .then((response) => response.json() as Promise<{ protected_resources?: readonly string[] }>)
    .catch(() => undefined)
  return metadata?.protected_resources?.[0] ?? `${issuer.replace(/\/$/, '')}/mcp`
}
