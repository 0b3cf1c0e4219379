import { REVISION } from './discover.ts'
import { Refused, type Wire } from './wire.ts'

export interface Tool {
  readonly name: string
  readonly inputSchema?: {
    readonly required?: readonly string[]
    readonly properties?: Readonly<Record<string, { readonly type?: string; readonly enum?: readonly unknown[] }>>
  }
  readonly annotations?: { readonly readOnlyHint?: boolean }
}

/** An MCP session of revision 2025-06-18 through one address, with whichever token is the client's at the moment. */
export class McpSession {
  readonly #wire: Wire
  readonly #mcp: string
  #token: string
  #id: string | undefined
  #count = 0

  constructor(wire: Wire, mcp: string, token: string) {
    this.#wire = wire
    this.#mcp = mcp
    this.#token = token
  }

  useToken(token: string): void {
    this.#token = token
  }

  async initialize(name: string): Promise<string> {
    const { serverInfo, protocolVersion } = (await this.#ask('initialize', {
      protocolVersion: REVISION,
      capabilities: {},
      clientInfo: { name, version: '1.0.0' },
    })) as { serverInfo?: { name?: string }; protocolVersion?: string }
    await this.#post({ method: 'notifications/initialized' })
    return `${serverInfo?.name ?? '?'} ${protocolVersion ?? '?'}`
  }

  async tools(): Promise<readonly Tool[]> {
    const { tools = [] } = (await this.#ask('tools/list', {})) as { tools?: readonly Tool[] }
    return tools
  }

  async call(name: string, args: Readonly<Record<string, unknown>>): Promise<string> {
    const { content = [], isError } = (await this.#ask('tools/call', { name, arguments: args })) as {
      content?: readonly { text?: string }[]
      isError?: boolean
    }
    const said = content.map(({ text }) => text ?? '').join(' ')
    if (isError) throw new Refused(`the tool ${name} failed: ${said}`)
    return said
  }

  async #ask(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#count
    const answer = await this.#post({ id, method, params })
    const isStream = answer.headers.get('content-type')?.includes('text/event-stream') ?? false
    const messages = isStream
      ? [...answer.text.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) => JSON.parse(data) as Message)
      : [answer.json as Message | undefined]
    const message = messages.find((candidate) => candidate?.id === id)
    if (message?.error !== undefined) throw new Refused(`${method}: ${message.error.message}`)
    if (message?.result === undefined) throw new Refused(`${method} has no answer`, answer)
    return message.result
  }

  async #post(message: object) {
    const answer = await this.#wire(this.#mcp, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(this.#count > 1 ? { 'mcp-protocol-version': REVISION } : {}),
        ...(this.#id === undefined ? {} : { 'mcp-session-id': this.#id }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
    if (answer.status !== 200 && answer.status !== 202) {
      const challenge = answer.headers.get('www-authenticate')
      throw new Refused(challenge === null ? 'the MCP server refuses' : `challenged with ${challenge}`, answer)
    }
    this.#id ??= answer.headers.get('mcp-session-id') ?? undefined
    return answer
  }
}

interface Message {
  readonly id?: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

/** A tool that can be called on anybody's server without changing anything: it says itself that it only reads. */
export function harmless(tools: readonly Tool[]): Tool | undefined {
  return tools.find(({ annotations }) => annotations?.readOnlyHint === true)
}

/** The smallest arguments that its schema takes. */
export function argumentsFor({ inputSchema }: Tool): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = { number: 1, integer: 1, boolean: false, array: [], object: {} }
  return Object.fromEntries(
    (inputSchema?.required ?? []).map((name) => {
      const { type = 'string', enum: choices } = inputSchema?.properties?.[name] ?? {}
      return [name, choices?.[0] ?? values[type] ?? 'replay']
    }),
  )
}
