// One of several processes that race: a whole server on a shared database, without a socket, which is told over IPC what to ask itself.
import type { AssertionIssuer } from '../packages/doorward/src/authority/token/assertion-issuer.ts'
import { compose } from '../packages/doorward/src/cli/compose.ts'

export interface RacerSettings {
  readonly issuer: string
  readonly database: string
  /** Hexadecimal. */
  readonly secret: string
  /** Seconds within which the previous refresh token still gives its successor. */
  readonly refreshRepeat: number
  readonly assertionIssuers: readonly AssertionIssuer[]
}

/** One request to the token endpoint. */
export interface Ask {
  readonly form: Readonly<Record<string, string>>
  readonly proof?: string
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, string>>
}

if (import.meta.main) {
  const { issuer, database, secret, refreshRepeat, assertionIssuers } = JSON.parse(
    process.argv[2] ?? '',
  ) as RacerSettings
  const house = await compose({
    issuer,
    database,
    secret: Buffer.from(secret, 'hex'),
    resources: [{ uri: `${issuer}/mcp`, name: 'Race', scopes: { notes: { description: 'Notes' } }, defaultScopes: [] }],
    assertionIssuers,
    lifetimes: { refreshRepeat },
  })
  const answer = async ({ form, proof }: Ask): Promise<Answer> => {
    const request = new Request(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: proof === undefined ? {} : { dpop: proof },
    })
    const response = await house.fetch(request, { remoteAddress: '127.0.0.1' })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  process.on('message', (asks: readonly Ask[]) => {
    void Promise.all(asks.map(answer)).then((answers) => process.send?.(answers))
  })
  process.on('disconnect', () => void house.close())
  process.send?.('ready')
}
