import { VERSION } from '@doorward/core/kernel/version'

interface GuestBookEntry {
  readonly name: string
  readonly text: string
  readonly at: string
}

export interface DemoScope {
  readonly description: string
  readonly includes?: readonly string[]
}

const MOST_ENTRIES = 100
const LONGEST_TEXT = 500

export const DEMO_SCOPES: Readonly<Record<string, DemoScope>> = {
  'door:knock': { description: 'Knock at the door and be greeted' },
  'guestbook:read': { description: 'Read the guest book' },
  'guestbook:write': { description: 'Write in the guest book', includes: ['guestbook:read'] },
}

export const DEMO_TOOLS: Readonly<Record<string, readonly string[]>> = {
  knock: ['door:knock'],
  'guest-book-read': ['guestbook:read'],
  'guest-book-write': ['guestbook:write'],
}

/**
 * The demo MCP server as a `fetch` handler, for every revision that the official SDK speaks. The SDK is loaded at the
 * first request, so that starting stays quick.
 */
export function demoServer({ now }: { readonly now: () => number }): (request: Request) => Promise<Response> {
  const book: GuestBookEntry[] = []
  let handler: Promise<(request: Request) => Promise<Response>> | undefined
  return async (request) => {
    handler ??= build(book, now)
    return (await handler)(request)
  }
}

async function build(book: GuestBookEntry[], now: () => number): Promise<(request: Request) => Promise<Response>> {
  const { createMcpHandler, McpServer } = await import('@modelcontextprotocol/server')
  const { z } = await import('zod')
  const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })
  const shown = (): string =>
    book.length === 0
      ? 'The guest book is empty.'
      : book.map(({ at, name, text }) => `${at} ${name}: ${text}`).join('\n')

  const { fetch } = createMcpHandler(() => {
    const server = new McpServer({ name: 'doorward-demo', version: VERSION })
    server.registerTool(
      'knock',
      {
        title: 'Knock',
        description: 'Knocks at the door; whoever is inside greets you.',
        inputSchema: z.object({ name: z.string().max(LONGEST_TEXT).describe('Who is knocking') }),
        annotations: { readOnlyHint: true },
      },
      ({ name }) => text(`Who is there? ${name}! Come in, the kettle is on.`),
    )
    server.registerTool(
      'guest-book-read',
      { title: 'Read the guest book', description: 'Reads what guests wrote.', annotations: { readOnlyHint: true } },
      () => text(shown()),
    )
    server.registerTool(
      'guest-book-write',
      {
        title: 'Write in the guest book',
        description: 'Leaves a line for those who come later.',
        inputSchema: z.object({ name: z.string().max(LONGEST_TEXT), text: z.string().max(LONGEST_TEXT) }),
        annotations: { readOnlyHint: false, destructiveHint: false },
      },
      ({ name, text: line }) => {
        book.push({ name, text: line, at: new Date(now()).toISOString() })
        if (book.length > MOST_ENTRIES) book.shift()
        return text('Written.')
      },
    )
    server.registerPrompt(
      'thank-the-host',
      { title: 'Thank the host', description: 'A polite note for the guest book.' },
      () => ({
        messages: [
          {
            role: 'user',
            content: { type: 'text', text: 'Write one warm sentence of thanks and leave it in the guest book.' },
          },
        ],
      }),
    )
    return server
  })
  return (request) => fetch(request)
}
