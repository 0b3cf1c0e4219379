// Two processes on one database, each a whole server. Only the seeds are made from inside: ten thousand people cannot be led to agree.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { JWT_BEARER_GRANT } from '../packages/doorward/src/authority/token/assertion-issuer.ts'
import { JWT_BEARER } from '../packages/doorward/src/authority/token/client-assertion.ts'
import { sealCode } from '../packages/doorward/src/authority/token/code.ts'
import { deriveRefreshToken } from '../packages/doorward/src/authority/token/refresh-token.ts'
import { clock, compose, type House } from '../packages/doorward/src/cli/compose.ts'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { makeFolder, ROOT } from './doorward.ts'
import type { Answer, Ask, RacerSettings } from './racer.ts'

const ROUNDS = 10_000
/** Of what is used up in the same way as a proof is. */
const FEWER_ROUNDS = 2000
/** Rounds that both are told at once. They share a few commits, so that a slow disk does not decide how long this takes. */
const AT_ONCE = 100
const OPENED_AT_ONCE = 1000
const ISSUER = 'http://localhost:1'
const CLIENT = 'dwo_racer'
/** One that signs who it is. */
const SIGNER = 'dwo_signer'
const PERSON = 'dwu_racer'
const REDIRECT = 'https://client.example/callback'
const VERIFIER = 'r'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const END = 4_000_000_000

/** An empty database that two processes can open, and what does away with it. */
interface Engine {
  readonly name: string
  readonly open: () => Promise<{ database: string; drop: () => Promise<void> }>
}

const ENGINES: readonly Engine[] = [
  {
    name: 'SQLite',
    open: async () => {
      const folder = makeFolder()
      return {
        database: join(folder, 'races.sqlite'),
        drop: async () => rmSync(folder, { recursive: true, force: true }),
      }
    },
  },
  {
    name: 'PostgreSQL',
    open: async () => {
      const postgres = await startPostgres()
      return { database: await postgres.fresh(), drop: postgres.stop }
    },
  },
]

const COMPANY = 'https://corp.example'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const KEYS = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'race', alg: 'ES256' }] }

/** A JWT that the one key signed, whoever says so with it. */
function signed(header: object, claims: object): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encoded({ alg: 'ES256', ...header })}.${encoded(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const secret = randomBytes(32)
let database: string
let house: House

interface Opened {
  readonly redeemed: boolean
  readonly clientId?: string
  readonly rounds?: number
}

/** Opens a grant for each round; `redeemed` ones are as after their code was used. */
async function openGrants({ redeemed, clientId = CLIENT, rounds = ROUNDS }: Opened): Promise<string[]> {
  const { grants } = house.context.store
  const ids = Array.from({ length: rounds }, () => randomBytes(16).toString('hex'))
  const grant = { userId: PERSON, clientId, resource: `${ISSUER}/mcp`, scope: '', openedAt: clock() }
  for (let i = 0; i < rounds; i += OPENED_AT_ONCE) {
    const some = ids.slice(i, i + OPENED_AT_ONCE)
    await Promise.all(some.map((id) => grants.open({ ...grant, id, codeExpiresAt: END })))
    if (redeemed) await Promise.all(some.map((id) => grants.redeem(id, { now: clock(), expiresAt: END })))
  }
  return ids
}

/** Lets two processes ask the same at the same time, but for what `othersAsks` has otherwise; returns what each of them heard, round by round. */
async function race(
  asks: readonly Ask[],
  refreshRepeat = 30,
  othersAsks = asks,
): Promise<readonly (readonly [Answer, Answer])[]> {
  const settings: RacerSettings = {
    issuer: ISSUER,
    database,
    secret: secret.toString('hex'),
    refreshRepeat,
    assertionIssuers: [{ issuer: COMPANY, jwks: KEYS, people: {} }],
  }
  const racers = [startRacer(settings), startRacer(settings)] as const
  try {
    await Promise.all(racers.map((racer) => heard(racer)))
    const rounds: [Answer, Answer][] = []
    for (let i = 0; i < asks.length; i += AT_ONCE) {
      const both = racers.map((racer, k) => {
        const answers = heard(racer) as Promise<Answer[]>
        racer.send((k === 0 ? asks : othersAsks).slice(i, i + AT_ONCE))
        return answers
      })
      const [one = [], other = []] = await Promise.all(both)
      one.forEach((answer, k) => void rounds.push([answer, other[k] as Answer]))
    }
    assert.equal(rounds.length, asks.length)
    return rounds
  } finally {
    for (const racer of racers) racer.disconnect()
    await Promise.all(racers.map((racer) => (racer.exitCode === null ? once(racer, 'exit') : undefined)))
  }
}

function startRacer(settings: RacerSettings): ChildProcess {
  return fork(join(ROOT, 'conformance/racer.ts'), [JSON.stringify(settings)], {
    execArgv: ['--conditions=doorward-source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function heard(racer: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([
      once(racer, 'message', { signal }).then(([message]) => message as unknown),
      once(racer, 'exit', { signal }).then(() => Promise.reject(new Error('a racer ended'))),
    ])
  } finally {
    over.abort()
  }
}

/** What an answer comes to: `200`, or the reason of the refusal. */
function verdictOf({ status, body }: Answer): string {
  return /\[([a-z0-9_]+)\]/.exec(body.error_description ?? '')?.[1] ?? String(status)
}

/** How often each pair of verdicts came up, whichever of the two was first. */
function countPairs(rounds: readonly (readonly [Answer, Answer])[]): Record<string, number> {
  const pairs: Record<string, number> = {}
  for (const round of rounds) {
    const pair = round.map(verdictOf).sort().join(' + ')
    pairs[pair] = (pairs[pair] ?? 0) + 1
  }
  return pairs
}

/** Where one process won every round there was no race, and nothing is shown. */
function assertContended(rounds: readonly (readonly [Answer, Answer])[], winner: string): void {
  const wins = rounds.filter(([one]) => verdictOf(one) === winner).length
  assert.ok(wins > 0 && wins < rounds.length, `one process won ${wins} of ${rounds.length} rounds`)
}

function refreshes(ids: readonly string[], client_id = CLIENT): Ask[] {
  return ids.map((grantId) => {
    const refresh_token = deriveRefreshToken(house.context.keys.refreshToken, { grantId, generation: 1 })
    return { form: { grant_type: 'refresh_token', refresh_token, client_id } }
  })
}

for (const engine of ENGINES) {
  describe(`two processes on one ${engine.name}`, () => {
    let drop: () => Promise<void>
    before(async () => {
      const opened = await engine.open()
      database = opened.database
      drop = opened.drop
      house = await compose({ issuer: ISSUER, database, secret, resources: [] })
      const metadata = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }
      const { clients, users } = house.context.store
      const client = { id: CLIENT, assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 } as const
      await clients.put(client)
      const signs = { token_endpoint_auth_method: 'private_key_jwt', jwks: KEYS, scope: 'notes' }
      await clients.put({ ...client, id: SIGNER, metadata: { ...metadata, ...signs } })
      await users.add({ id: PERSON, email: 'r@example.com', password: 'x', operator: false, groups: [], createdAt: 0 })
    })
    after(async () => {
      await house.close()
      await drop()
    })

    test('a code that two processes redeem at once is redeemed once, and its grant ends, ten thousand times [doorward-one-winner, oauth21-4.1.3-code-once]', {
      timeout: 300_000,
    }, async () => {
      const ids = await openGrants({ redeemed: false })
      const asks = ids.map((grantId) => {
        const content = { grantId, clientId: CLIENT, redirectUri: REDIRECT, challenge: CHALLENGE, correlation: 'RACE' }
        const code = sealCode(house.context.keys.code, content, randomBytes(12))
        return { form: { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: CLIENT } }
      })
      const rounds = await race(asks)
      assert.deepEqual(countPairs(rounds), { '200 + code_reused': ROUNDS })
      assertContended(rounds, '200')
      for (const id of ids) {
        const grant = await house.context.store.grants.find(id)
        assert.deepEqual([grant?.generation, grant?.revokedReason], [1, 'code_reused'])
      }
    })

    test('a refresh token that two processes use at once rotates once, and both get the one successor, ten thousand times [doorward-one-winner, q32]', {
      timeout: 300_000,
    }, async () => {
      const ids = await openGrants({ redeemed: true })
      const since = await house.context.store.events.place(0)
      const rounds = await race(refreshes(ids))
      assert.deepEqual(countPairs(rounds), { '200 + 200': ROUNDS })
      for (const [one, other] of rounds) assert.equal(one.body.refresh_token, other.body.refresh_token)
      for (const id of ids) {
        const grant = await house.context.store.grants.find(id)
        assert.deepEqual([grant?.generation, grant?.revokedAt], [2, undefined])
      }
      const events = await house.context.store.events.list({ after: since.last, limit: 10 * ROUNDS })
      for (const type of ['token.refreshed', 'token.repeated']) {
        const grants = events.filter((event) => event.type === type).map(({ grant }) => grant)
        assert.deepEqual([grants.length, new Set(grants).size], [ROUNDS, ROUNDS], type)
      }
    })

    test('where no repetition is allowed, one of two processes rotates and the other ends the grant, ten thousand times [doorward-one-winner]', {
      timeout: 300_000,
    }, async () => {
      const ids = await openGrants({ redeemed: true })
      const rounds = await race(refreshes(ids), 0)
      assert.deepEqual(countPairs(rounds), { '200 + refresh_token_reused': ROUNDS })
      assertContended(rounds, '200')
      for (const id of ids) {
        const grant = await house.context.store.grants.find(id)
        assert.deepEqual([grant?.generation, grant?.revokedReason], [2, 'refresh_token_reused'])
      }
    })

    test('a proof that two processes see at once is taken by one of them, ten thousand times [doorward-one-winner, rfc9449-11.1]', {
      timeout: 300_000,
    }, async () => {
      const header = { typ: 'dpop+jwt', jwk: publicKey.export({ format: 'jwk' }) }
      const ids = await openGrants({ redeemed: true })
      const asks = refreshes(ids).map(({ form }, i) => {
        const claims = { jti: `race-${i}`, htm: 'POST', htu: `${ISSUER}/token`, iat: clock() }
        return { form, proof: signed(header, claims) }
      })
      // Without the proof, both would have the one successor.
      const rounds = await race(asks)
      assert.deepEqual(countPairs(rounds), { '200 + dpop_replayed': ROUNDS })
      assertContended(rounds, '200')
      for (const id of ids) {
        const grant = await house.context.store.grants.find(id)
        assert.deepEqual([grant?.generation, grant?.revokedAt], [2, undefined])
      }
    })

    /** What its client says, to each process in the same words. */
    const assertionOf = (jti: string) => ({
      client_assertion_type: JWT_BEARER,
      client_assertion: signed(
        { kid: 'race' },
        { iss: SIGNER, sub: SIGNER, aud: ISSUER, jti, iat: clock(), exp: clock() + 300 },
      ),
    })

    test('an assertion of a client that two processes see at once says who is asking to one of them, two thousand times [doorward-one-winner, rfc7523-3-jti]', {
      timeout: 300_000,
    }, async () => {
      const ids = await openGrants({ redeemed: true, clientId: SIGNER, rounds: FEWER_ROUNDS })
      const asks = refreshes(ids, SIGNER).map(({ form }, i) => ({ form: { ...form, ...assertionOf(`client-${i}`) } }))
      // Without the assertion, both would have the one successor.
      const rounds = await race(asks)
      assert.deepEqual(countPairs(rounds), { '200 + assertion_replayed': FEWER_ROUNDS })
      assertContended(rounds, '200')
    })

    test('what an identity provider says of a person is taken by one of two processes that see it at once, two thousand times [doorward-one-winner, id-jag-replay]', {
      timeout: 300_000,
    }, async () => {
      const asks = Array.from({ length: FEWER_ROUNDS }, (_, i): readonly [Ask, Ask] => {
        const now = clock()
        const claims = { iss: COMPANY, sub: 'ada', aud: ISSUER, client_id: SIGNER, jti: `person-${i}`, iat: now }
        const said = { ...claims, exp: now + 300, resource: `${ISSUER}/mcp`, scope: 'notes' }
        const assertion = signed({ kid: 'race', typ: 'oauth-id-jag+jwt' }, said)
        const form = { grant_type: JWT_BEARER_GRANT, assertion }
        // Each says by itself who is asking, so that nothing else decides.
        return [{ form: { ...form, ...assertionOf(`one-${i}`) } }, { form: { ...form, ...assertionOf(`other-${i}`) } }]
      })
      const rounds = await race(
        asks.map(([one]) => one),
        30,
        asks.map(([, other]) => other),
      )
      assert.deepEqual(countPairs(rounds), { '200 + grant_assertion_replayed': FEWER_ROUNDS })
      assertContended(rounds, '200')
    })
  })
}
