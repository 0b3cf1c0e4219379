import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredEvent } from '../../store/store.ts'
import type { Join, Outcome } from './attempt.ts'
import { attemptsOf, traceOf } from './attempts.ts'
import type { Step } from './step.ts'

const START = 1_800_000_000_000
const LATER = START + 3_600_000
const HOME = '203.0.113.0/24'
const HOSTED = '160.79.104.0/24'

type Told = Partial<StoredEvent> & { readonly type: StoredEvent['type'] }

/** Events one second apart. */
function story(...told: readonly Told[]): StoredEvent[] {
  return told.map((event, i) => ({
    id: i + 1,
    at: START + i * 1000,
    outcome: /refused|denied|reused|failed/.test(event.type) ? 'refused' : 'allowed',
    reason: 'x',
    network: HOME,
    correlation: `VISIT${i}`,
    ...event,
  }))
}

const challenge: Told = { type: 'access.refused', reason: 'no_credentials', resource: 'https://door.example/mcp' }
const resourceRead: Told = { type: 'metadata.read', detail: { document: 'resource' } }
const serverRead: Told = { type: 'metadata.read', detail: { document: 'server' } }
const registered: Told = { type: 'client.registered', client: 'dwc_a' }
const requested: Told = { type: 'authorization.requested', client: 'dwc_a', correlation: 'FLOW' }
const signedIn: Told = { type: 'sign-in.succeeded', correlation: 'FLOW', actor: 'dwu_ada' }
const agreed: Told = { type: 'consent.given', client: 'dwc_a', correlation: 'FLOW', grant: 'g1' }
const issued: Told = { type: 'token.issued', client: 'dwc_a', grant: 'g1', detail: { flow: 'FLOW' } }
const ISSUED_ELSEWHERE: Told = { ...issued, detail: { flow: 'FLOW', calls: 'elsewhere' } }
const called: Told = { type: 'access.allowed', client: 'dwc_a', grant: 'g1' }
const refusedToken = (reason: string): Told => ({
  type: 'token.refused',
  reason,
  client: 'dwc_a',
  grant: 'g1',
  detail: { flow: 'FLOW' },
})
const DOCUMENT = { client: 'https://c.example/m', correlation: 'FLOW' } as const
const START_OF_ALL = [challenge, resourceRead, serverRead, registered] as const
const UP_TO_CONSENT = [...START_OF_ALL, requested, signedIn, agreed] as const

const STORIES: readonly (readonly [string, readonly Told[], Outcome, Step | undefined, string | undefined])[] = [
  ['everything went well', [...UP_TO_CONSENT, issued, called], 'connected', undefined, undefined],
  ['a challenge and nothing after it', [challenge], 'silent', 'challenge', undefined],
  [
    'metadata was read and nobody registered [q19]',
    [challenge, resourceRead, serverRead],
    'silent',
    'server-metadata',
    undefined,
  ],
  [
    'the server of the metadata was never looked at',
    [challenge, resourceRead],
    'silent',
    'resource-metadata',
    undefined,
  ],
  [
    'registration with a redirect that is none [q02]',
    [challenge, serverRead, { type: 'client.refused', reason: 'redirect_scheme' }],
    'refused',
    'registration',
    'redirect_scheme',
  ],
  ['registered and never asked', [...START_OF_ALL], 'silent', 'registration', undefined],
  [
    'a metadata document behind a wall [q15]',
    [
      serverRead,
      { type: 'document.refused', reason: 'document_status', client: 'https://c.example/m', correlation: 'FLOW' },
      { type: 'authorization.refused', reason: 'document_status', client: 'https://c.example/m', correlation: 'FLOW' },
    ],
    'refused',
    'registration',
    'document_status',
  ],
  [
    'a metadata document with a redirect that is none',
    [
      serverRead,
      { ...DOCUMENT, type: 'document.refused', reason: 'redirect_scheme' },
      { ...DOCUMENT, type: 'authorization.refused', reason: 'redirect_scheme' },
    ],
    'refused',
    'registration',
    'redirect_scheme',
  ],
  [
    'a metadata document that another request had asked for a second before',
    [serverRead, { ...DOCUMENT, type: 'authorization.refused', reason: 'document_too_slow' }],
    'refused',
    'registration',
    'document_too_slow',
  ],
  [
    'an address of a metadata document that is none, from a device',
    [serverRead, { ...DOCUMENT, type: 'device.refused', reason: 'client_url_fragment' }],
    'refused',
    'registration',
    'client_url_fragment',
  ],
  [
    'a good metadata document and a redirect that is not in it',
    [
      serverRead,
      { ...DOCUMENT, type: 'document.fetched' },
      { ...DOCUMENT, type: 'authorization.refused', reason: 'redirect_uri_not_registered' },
    ],
    'refused',
    'authorize',
    'redirect_uri_not_registered',
  ],
  [
    'a metadata document that was gone when the code came back',
    [
      ...UP_TO_CONSENT,
      { type: 'document.refused', reason: 'document_gone', client: 'dwc_a', correlation: 'ATTOKEN' },
      { ...refusedToken('document_gone'), correlation: 'ATTOKEN' },
    ],
    'refused',
    'token',
    'document_gone',
  ],
  [
    'a client that was forgotten [q09]',
    [{ type: 'authorization.refused', reason: 'client_unknown', client: 'dwc_old', correlation: 'FLOW' }],
    'refused',
    'authorize',
    'client_unknown',
  ],
  [
    'a redirect to another address than registered [q14]',
    [...START_OF_ALL, { ...requested, type: 'authorization.refused', reason: 'redirect_uri_not_registered' }],
    'refused',
    'authorize',
    'redirect_uri_not_registered',
  ],
  [
    'a client without PKCE',
    [...START_OF_ALL, { ...requested, type: 'authorization.refused', reason: 'pkce_missing' }],
    'refused',
    'authorize',
    'pkce_missing',
  ],
  [
    'a client that an operator blocked',
    [...START_OF_ALL, { ...requested, type: 'authorization.refused', reason: 'client_blocked' }],
    'refused',
    'authorize',
    'client_blocked',
  ],
  [
    'a client that a rule keeps out',
    [
      {
        type: 'policy.refused',
        reason: 'policy_denied',
        client: 'dwc_a',
        correlation: 'FLOW',
        detail: { of: 'authorization.refused' },
      },
    ],
    'refused',
    'authorize',
    'policy_denied',
  ],
  ['nobody signed in', [...START_OF_ALL, requested], 'silent', 'authorize', undefined],
  [
    'a wrong password',
    [...START_OF_ALL, requested, { type: 'sign-in.refused', reason: 'password_wrong', correlation: 'FLOW' }],
    'refused',
    'sign-in',
    'password_wrong',
  ],
  ['signed in and never answered', [...START_OF_ALL, requested, signedIn], 'silent', 'sign-in', undefined],
  [
    'an operator has to look first',
    [...START_OF_ALL, requested, signedIn, { ...agreed, type: 'client.asked' }],
    'waiting',
    'consent',
    undefined,
  ],
  [
    'the person said no',
    [...START_OF_ALL, requested, signedIn, { ...agreed, type: 'consent.denied', reason: 'person_declined' }],
    'refused',
    'consent',
    'person_declined',
  ],
  [
    'the answer came too late [q27]',
    [...START_OF_ALL, requested, signedIn, { type: 'request.refused', reason: 'pending_expired' }],
    'refused',
    'consent',
    'pending_expired',
  ],
  [
    'the groups of the person leave nothing to agree to',
    [...START_OF_ALL, requested, signedIn, { type: 'request.refused', reason: 'groups_lack' }],
    'refused',
    'consent',
    'groups_lack',
  ],
  ['the code went out and never came back [q26]', UP_TO_CONSENT, 'silent', 'consent', undefined],
  ['the verifier does not fit', [...UP_TO_CONSENT, refusedToken('pkce_mismatch')], 'refused', 'token', 'pkce_mismatch'],
  [
    'the redirect of the token request is another port [q34]',
    [...UP_TO_CONSENT, refusedToken('redirect_uri_differs')],
    'refused',
    'token',
    'redirect_uri_differs',
  ],
  ['the code had expired', [...UP_TO_CONSENT, refusedToken('code_expired')], 'refused', 'token', 'code_expired'],
  [
    'a secret that is none [q05]',
    [...UP_TO_CONSENT, { type: 'client.authentication.refused', reason: 'secret_wrong', client: 'dwc_a' }],
    'refused',
    'token',
    'secret_wrong',
  ],
  [
    'a first mistake and then the right verifier',
    [...UP_TO_CONSENT, refusedToken('pkce_mismatch'), issued, called],
    'connected',
    undefined,
    undefined,
  ],
  ['a token that nobody used', [...UP_TO_CONSENT, issued], 'silent', 'token', undefined],
  [
    'a token for a server that tells nothing here',
    [...UP_TO_CONSENT, ISSUED_ELSEWHERE],
    'issued',
    undefined,
    undefined,
  ],
  [
    'a token for a server that tells nothing here, after a wrong verifier',
    [...UP_TO_CONSENT, refusedToken('pkce_mismatch'), ISSUED_ELSEWHERE],
    'issued',
    undefined,
    undefined,
  ],
  [
    'a second exchange for a server that tells nothing here',
    [...UP_TO_CONSENT, ISSUED_ELSEWHERE, { ...ISSUED_ELSEWHERE, type: 'token.reused', reason: 'code_reused' }],
    'refused',
    'token',
    'code_reused',
  ],
  [
    'a token for another resource [q25]',
    [...UP_TO_CONSENT, issued, { type: 'access.refused', reason: 'foreign_audience' }],
    'refused',
    'call',
    'foreign_audience',
  ],
  [
    'a token without the scope of the tool [q36]',
    [...UP_TO_CONSENT, issued, { ...called, type: 'access.refused', reason: 'missing_scope' }],
    'refused',
    'call',
    'missing_scope',
  ],
  [
    'the MCP server behind the gateway is down',
    [
      ...UP_TO_CONSENT,
      issued,
      { ...called, type: 'upstream.failed', outcome: 'refused', reason: 'upstream_unreachable' },
    ],
    'refused',
    'call',
    'upstream_unreachable',
  ],
  [
    'one call of many was refused',
    [...UP_TO_CONSENT, issued, called, { ...called, type: 'access.refused', reason: 'missing_scope' }],
    'connected',
    undefined,
    undefined,
  ],
]
for (const [title, told, outcome, stoppedAt, reason] of STORIES) {
  test(`a trace says how it ended and where: ${title} [doorward-trace]`, () => {
    const attempts = attemptsOf(story(...told), LATER)
    assert.equal(attempts.length, 1, JSON.stringify(attempts, undefined, 1))
    const [attempt] = attempts
    assert.deepEqual([attempt?.outcome, attempt?.stoppedAt, attempt?.reason], [outcome, stoppedAt, reason])
  })
}

test('what carries the reference or the grant is certain, what carries the client likely, the rest a guess', () => {
  const [attempt] = attemptsOf(story(...UP_TO_CONSENT, issued, called), LATER)
  const joins = attempt?.steps.map(({ step, events }): [Step, Join | undefined] => [step, events[0]?.join])
  assert.deepEqual(joins, [
    ['challenge', 'guess'],
    ['resource-metadata', 'guess'],
    ['server-metadata', 'guess'],
    ['registration', 'likely'],
    ['authorize', 'certain'],
    ['sign-in', 'certain'],
    ['consent', 'certain'],
    ['token', 'certain'],
    ['call', 'certain'],
  ])
  assert.deepEqual([attempt?.reference, attempt?.client, attempt?.actor], ['FLOW', 'dwc_a', 'dwu_ada'])
})

test('what was used twice stays the cause of every refusal after it, also where the grant is forgotten [doorward-trace]', () => {
  const again: Told = { ...issued, type: 'token.reused', reason: 'code_reused' }
  const refusedCall: Told = { ...called, type: 'access.refused', reason: 'grant_revoked' }
  const [attempt] = attemptsOf(story(...UP_TO_CONSENT, issued, again, refusedCall), LATER)
  assert.deepEqual([attempt?.stoppedAt, attempt?.reason, attempt?.ended], ['call', 'grant_revoked', 'code_reused'])
})

const ABOUT_DOCUMENTS: readonly (readonly [string, readonly Told[], string])[] = [
  ['was fetched', [{ type: 'document.fetched' }], 'done'],
  ['could not be had while an old copy stood in', [{ type: 'document.refused' }, { type: 'document.stale' }], 'done'],
  ['was known from before', [], 'unseen'],
]
for (const [title, told, state] of ABOUT_DOCUMENTS) {
  test(`a client whose document ${title} has registered: the step is ${state} [doorward-trace]`, () => {
    const about = told.map((event) => ({ ...event, client: 'dwc_a', correlation: 'FLOW' }))
    const [attempt, ...others] = attemptsOf(story(challenge, serverRead, ...about, requested, signedIn), LATER)
    const registration = attempt?.steps.find(({ step }) => step === 'registration')
    assert.deepEqual([registration?.state, attempt?.stoppedAt, others], [state, 'sign-in', []])
    for (const { join } of registration?.events ?? []) assert.equal(join, 'certain')
  })
}

test('a document that is looked at again for a refresh is of that connection, and no attempt of its own', () => {
  const refreshed = { type: 'token.issued', client: 'dwc_a', grant: 'g1', correlation: 'REFRESH' } as const
  const looked = { type: 'document.fetched', client: 'dwc_a', correlation: 'REFRESH' } as const
  const attempts = attemptsOf(story(...UP_TO_CONSENT, issued, called, looked, refreshed), LATER)
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome),
    ['connected'],
  )
})

test('a hosted client is one attempt though its person’s browser is elsewhere', () => {
  const hosted = (told: Told): Told => ({ ...told, network: HOSTED })
  const events = [...START_OF_ALL.map(hosted), requested, signedIn, agreed, hosted(issued), hosted(called)]
  const attempts = attemptsOf(story(...events), LATER)
  assert.deepEqual(
    attempts.map(({ outcome, steps }) => [outcome, steps.filter(({ state }) => state === 'done').length]),
    [['connected', 9]],
  )
})

test('two clients behind one address are two attempts', () => {
  const other = (told: Told): Told => ({
    ...told,
    ...(told.client === undefined ? {} : { client: 'dwc_b' }),
    ...(told.correlation === 'FLOW' ? { correlation: 'FLOW2' } : {}),
  })
  const events = [...START_OF_ALL, requested, ...START_OF_ALL.map(other), other(requested), signedIn, agreed]
  const attempts = attemptsOf(story(...events), LATER)
  assert.deepEqual(
    attempts.map(({ client, stoppedAt, steps }) => [client, stoppedAt, steps.flatMap((step) => step.events).length]),
    [
      ['dwc_b', 'authorize', 5],
      ['dwc_a', 'consent', 7],
    ],
  )
})

test('who was refused at registration does not lend its beginning to the next flow of its network', () => {
  const events = story(challenge, serverRead, { type: 'client.refused', reason: 'redirect_scheme' }, requested)
  assert.deepEqual(
    attemptsOf(events, LATER).map(({ outcome, stoppedAt }) => [outcome, stoppedAt]),
    [
      ['silent', 'authorize'],
      ['refused', 'registration'],
    ],
  )
})

test('a step that was passed without an event is said to be unseen, and one that was never reached is not', () => {
  const [attempt] = attemptsOf(story(requested, agreed), LATER)
  const states = Object.fromEntries(attempt?.steps.map(({ step, state }) => [step, state]) ?? [])
  assert.equal(states['server-metadata'], 'unseen')
  assert.equal(states['sign-in'], 'unseen')
  assert.equal(states.token, 'not-reached')
})

test('it is too early to tell while a person thinks, and late once they had time', () => {
  const events = story(requested, signedIn)
  assert.equal(attemptsOf(events, START + 60_000)[0]?.outcome, 'running')
  assert.equal(attemptsOf(events, START + 700_000)[0]?.outcome, 'silent')
})

test('an event that waited to be written finds its place by its time', () => {
  const told = story(...UP_TO_CONSENT, issued, called)
  const late = told.map((event) => ({ ...event, id: 100 - event.id }))
  assert.equal(attemptsOf(late.reverse(), LATER)[0]?.outcome, 'connected')
})

test('calls of older connections and sign-ins to nowhere are no attempts', () => {
  assert.deepEqual(attemptsOf(story({ ...called, grant: 'old' }, { ...signedIn, correlation: 'PAGE' }), LATER), [])
})

test('the reference of each request in it leads to the attempt', () => {
  const events = story(...UP_TO_CONSENT, { ...refusedToken('pkce_mismatch'), correlation: 'ATTOKEN' })
  const attempts = attemptsOf(events, LATER)
  for (const reference of ['FLOW', 'ATTOKEN', 'VISIT0']) assert.equal(traceOf(attempts, reference), attempts[0])
  assert.equal(traceOf(attempts, 'OTHER'), undefined)
})

test('what is refused at another MCP server is no part of a connection, but where its token was taken there [doorward-trace]', () => {
  const asked = { ...requested, resource: 'https://door.example/mcp' }
  const refusedCall = (reason: string): Told => ({
    type: 'access.refused',
    reason,
    resource: 'https://other.example/mcp',
  })
  const flow = [...START_OF_ALL, asked, signedIn, agreed, issued]
  assert.equal(attemptsOf(story(...flow, refusedCall('not_a_jwt')), LATER).length, 2)
  assert.equal(attemptsOf(story(...flow, refusedCall('foreign_audience')), LATER).length, 1)
  const elsewhere = { ...challenge, resource: 'https://other.example/mcp' }
  assert.equal(attemptsOf(story(challenge, elsewhere), LATER).length, 2)
})

const AT = (resource: string, told: readonly Told[]) => told.map((event) => ({ ...event, resource }))
const FIRST = 'https://door.example/mcp'
const SECOND = 'https://other.example/mcp'
const ASKED: Told = { ...requested, client: 'https://c.example/m' }
const TWO_SERVERS: readonly (readonly [string, readonly Told[]])[] = [
  ['names it in its request', [...AT(SECOND, [challenge, resourceRead]), serverRead, ...AT(SECOND, [ASKED])]],
  ['names it in nothing but its beginning', [...AT(SECOND, [challenge, resourceRead]), serverRead, ASKED]],
]
for (const [title, after] of TWO_SERVERS) {
  test(`who gave up at one MCP server keeps a row beside a flow of its network to another, which ${title} [doorward-trace]`, () => {
    const events = story(...AT(FIRST, [challenge, resourceRead]), serverRead, ...after)
    assert.deepEqual(
      attemptsOf(events, LATER).map(({ resource, stoppedAt, steps }) => [
        resource,
        stoppedAt,
        steps.flatMap((step) => step.events).length,
      ]),
      [
        [SECOND, 'authorize', 4],
        [FIRST, 'server-metadata', 3],
      ],
    )
  })
}

test('a storm of refusals under one name costs a few looks at each, and not a look at each for each [doorward-trace]', () => {
  let looks = 0
  const guess: Told = { type: 'token.refused', reason: 'x', client: 'dwc_a' }
  const storm = story(requested, ...Array.from({ length: 1000 }, () => guess)).map((event, i) => ({
    ...event,
    at: START + i,
    get type() {
      looks++
      return event.type
    },
  }))
  const [attempt] = attemptsOf(storm, LATER)
  assert.equal(attempt?.steps.find(({ step }) => step === 'token')?.events.length, 1000)
  assert.ok(looks < 50_000, `${looks} looks`)
})
