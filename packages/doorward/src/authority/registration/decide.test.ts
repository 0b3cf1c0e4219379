import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import fc from 'fast-check'
import type { Assurance } from '../../store/store.ts'
import { decide, deniedBy, type Judged, movesAway } from './decide.ts'
import { PRESETS } from './policies/index.ts'
import type { Policy, Rule, Verdict } from './policies/policy.ts'

const policyOf = (preset: string, changes: Partial<Policy> = {}): Policy => {
  const found = PRESETS.find((candidate) => candidate.preset === preset)
  assert.ok(found)
  return { ...found, allow: [], deny: [], neverScopes: {}, senderConstraintFor: [], ...changes }
}
const LOOPBACK = 'http://127.0.0.1:5000/callback'
const WEB = 'https://app.example/cb'
const client = (assurance: Assurance, changes: Partial<Judged> = {}): Judged => ({
  id: assurance === 'domain' ? 'https://app.example/client.json' : 'dwx_1',
  assurance,
  metadata: { redirect_uris: [WEB, LOOPBACK], software_id: 'soft' },
  ...(assurance === 'statement' ? { vouchedBy: 'https://vendor.example' } : {}),
  ...changes,
})

const ASSURANCES: readonly Assurance[] = ['operator', 'user', 'statement', 'domain', 'invited', 'claimed']
/** What the design promises, preset by preset, for a client whose answers go to a place that nobody knows. */
const TABLE: Readonly<Record<string, readonly Verdict[]>> = {
  'zero-touch': ['allow', 'allow', 'allow', 'allow', 'allow', 'ask'],
  guarded: ['allow', 'allow', 'allow', 'allow', 'allow', 'ask'],
  strict: ['allow', 'allow', 'allow', 'ask', 'allow', 'refuse'],
  fapi2: ['allow', 'refuse', 'allow', 'ask', 'allow', 'refuse'],
}
for (const [preset, verdicts] of Object.entries(TABLE)) {
  for (const [i, assurance] of ASSURANCES.entries()) {
    test(`${preset}: a client known as ${assurance} gets '${verdicts[i]}' [doorward-policy]`, () => {
      const decision = decide(policyOf(preset), client(assurance), WEB)
      assert.equal(decision.verdict, verdicts[i])
      assert.ok(decision.rule.startsWith(`${preset}: ${assurance}`), decision.rule)
    })
  }
}

test('zero touch lets whoever comes in whose answer stays here, or goes where a well-known client takes it [doorward-policy]', () => {
  const policy = policyOf('zero-touch')
  for (const uri of [
    LOOPBACK,
    'https://claude.ai/api/mcp/auth_callback',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ]) {
    assert.equal(decide(policy, client('claimed'), uri).verdict, 'allow', uri)
  }
  for (const uri of [WEB, 'https://claude.ai.evil.example/cb', 'https://evil.example/claude.ai', 'evil:x']) {
    assert.equal(decide(policy, client('claimed'), uri).verdict, 'ask', uri)
  }
})

test('where a device waits for the answer, zero touch asks an operator too, and no rule on redirects admits anybody [doorward-policy]', () => {
  const onDevice = (policy: Policy, assurance: Assurance) => decide(policy, client(assurance), undefined).verdict
  assert.equal(onDevice(policyOf('zero-touch'), 'claimed'), 'ask')
  assert.equal(onDevice(policyOf('zero-touch'), 'operator'), 'allow')
  const rule = { redirectHost: 'app.example' }
  assert.equal(onDevice(policyOf('guarded', { allow: [rule] }), 'claimed'), 'ask')
  assert.equal(onDevice(policyOf('guarded', { allow: [{ clientId: 'dwx_1' }] }), 'claimed'), 'allow')
  assert.equal(onDevice(policyOf('guarded', { deny: [rule] }), 'claimed'), 'refuse')
})

const RULES: readonly (readonly [string, Rule, Judged, boolean, boolean])[] = [
  ['its id', { clientId: 'dwx_1' }, client('claimed'), true, true],
  ['another id', { clientId: 'dwx_2' }, client('claimed'), false, false],
  ['its domain', { domain: 'app.example' }, client('domain'), true, true],
  ['names below another', { domain: '*.example' }, client('domain'), true, true],
  ['names below its own', { domain: '*.app.example' }, client('domain'), false, false],
  ['a domain that its own ends with', { domain: 'pp.example' }, client('domain'), false, false],
  ['a domain, where it came by none', { domain: 'app.example' }, client('claimed'), false, false],
  ['the host of its answer', { redirectHost: 'app.example' }, client('claimed'), true, true],
  ['this computer', { redirectHost: '127.0.0.1' }, client('claimed'), true, false],
  ['the issuer that vouches', { statementIssuer: 'https://vendor.example' }, client('statement'), true, true],
  [
    'an issuer that does not',
    { statementIssuer: 'https://vendor.example' },
    client('claimed', { vouchedBy: 'https://vendor.example' }),
    false,
    false,
  ],
  ['another issuer', { statementIssuer: 'https://other.example' }, client('statement'), false, false],
  ['another software, signed', { softwareId: 'other' }, client('statement'), false, false],
  ['another host', { redirectHost: 'elsewhere.example' }, client('claimed'), false, false],
  [
    'a domain, where an operator chose an id at it',
    { domain: 'app.example' },
    client('operator', { id: 'https://app.example/client.json' }),
    false,
    false,
  ],
  ['its software, signed', { softwareId: 'soft' }, client('statement'), true, true],
  ['its software, in its own words', { softwareId: 'soft' }, client('claimed'), true, false],
]
for (const [title, rule, judged, denies, allows] of RULES) {
  test(`a line that names ${title} ${denies ? 'denies' : 'does not deny'} and ${allows ? 'allows' : 'does not allow'} it [doorward-policy, mcp-2026-07-28-as21]`, () => {
    const denied = decide(policyOf('zero-touch', { deny: [rule] }), judged, WEB)
    assert.equal(denied.rule.startsWith('deny '), denies)
    const allowed = decide(policyOf('strict', { allow: [rule] }), judged, WEB)
    assert.equal(allowed.rule.startsWith('allow '), allows)
  })
}

test('a host is denied wherever an application is registered to answer, and where it now wants to [doorward-deny-beats-allow]', () => {
  const policy = policyOf('zero-touch', { deny: [{ redirectHost: 'app.example' }] })
  const elsewhere = client('operator', { metadata: { redirect_uris: ['https://fine.example/cb'] } })
  assert.equal(deniedBy(policy, client('operator'), LOOPBACK), 'deny redirectHost app.example')
  assert.equal(deniedBy(policy, client('operator')), 'deny redirectHost app.example')
  assert.equal(deniedBy(policy, elsewhere, WEB), 'deny redirectHost app.example')
  assert.equal(deniedBy(policy, elsewhere, 'https://fine.example/cb'), undefined)
  assert.equal(deniedBy(policy, client('operator', { metadata: {} })), undefined)
})

test('every program on a computer answers there, so a rule that names it admits none of them [doorward-policy]', () => {
  const policy = policyOf('strict', { allow: [{ redirectHost: '127.0.0.1' }, { redirectHost: 'localhost' }] })
  for (const uri of [LOOPBACK, 'http://localhost:4000/cb'])
    assert.equal(decide(policy, client('claimed'), uri).verdict, 'refuse', uri)
})

for (const verdict of ['allow', 'ask', 'refuse'] as const) {
  for (const claimedRedirects of ['any', 'loopback-and-known'] as const) {
    const policy = policyOf('zero-touch', { claimedRedirects })
    const byAssurance = { ...policy.byAssurance, claimed: verdict, invited: verdict }
    const at = (uri: string, assurance: Assurance) => decide({ ...policy, byAssurance }, client(assurance), uri).verdict
    test(`where the answer goes makes nothing better than '${verdict}', and with ${claimedRedirects} redirects worse only where it would be let in [doorward-policy]`, () => {
      const isHeld = verdict === 'allow' && claimedRedirects === 'loopback-and-known'
      assert.equal(at(WEB, 'claimed'), isHeld ? 'ask' : verdict)
      assert.equal(at(LOOPBACK, 'claimed'), verdict)
      assert.equal(at(WEB, 'invited'), verdict)
    })
  }
}

test('deny beats allow and an operator’s word; an operator’s word beats the preset [doorward-deny-beats-allow]', () => {
  const rule = { clientId: 'dwx_1' }
  const approved = client('claimed', { approvedAt: 1 })
  assert.equal(decide(policyOf('strict', { allow: [rule], deny: [rule] }), approved, WEB).verdict, 'refuse')
  assert.deepEqual(decide(policyOf('strict'), approved, WEB), { verdict: 'allow', rule: 'approved by an operator' })
})

test('every decision names its rule, and a denied client is refused whatever else is said of it [doorward-deny-beats-allow]', () => {
  const rules = fc.constantFrom<Rule>({ clientId: 'dwx_1' }, { redirectHost: 'app.example' }, { softwareId: 'soft' })
  fc.assert(
    fc.property(
      fc.constantFrom(...PRESETS.map(({ preset }) => preset)),
      fc.constantFrom(...ASSURANCES),
      fc.array(rules),
      fc.array(rules),
      fc.boolean(),
      (preset, assurance, allow, deny, isApproved) => {
        const policy = policyOf(preset, { allow, deny })
        const judged = client(assurance, isApproved ? { approvedAt: 1 } : {})
        const decision = decide(policy, judged, WEB)
        assert.notEqual(decision.rule, '')
        assert.equal(decision.rule.startsWith('deny'), deniedBy(policy, judged, WEB) !== undefined)
      },
    ),
  )
})

const SIGNS = {
  token_endpoint_auth_method: 'private_key_jwt',
  require_signed_request_object: true,
  dpop_bound_access_tokens: true,
}
const CHANGES: readonly (readonly [string, Record<string, unknown>, boolean])[] = [
  ['another name', { client_name: 'Other' }, false],
  ['answers at another host', { redirect_uris: [WEB, 'https://elsewhere.example/'] }, true],
  ['answers on devices', { grant_types: ['authorization_code', DEVICE_GRANT] }, true],
  ['no key any more to say who it is', { token_endpoint_auth_method: 'none' }, true],
  ['no signature any more on what it asks for', { require_signed_request_object: false }, true],
  ['tokens that are bound to no key any more', { dpop_bound_access_tokens: false }, true],
  [
    'tokens that are bound to another kind of key',
    { dpop_bound_access_tokens: undefined, tls_client_certificate_bound_access_tokens: true },
    false,
  ],
]
for (const [what, change, away] of CHANGES) {
  test(`a client with ${what} is ${away ? 'not the one' : 'still the one'} that an operator admitted [doorward-approval]`, () => {
    const before = { redirect_uris: [WEB], ...SIGNS }
    assert.equal(movesAway({ metadata: before }, { ...before, ...change }), away)
  })
}

test('a client that showed nothing before, or took devices, is still the one that an operator admitted [doorward-approval]', () => {
  const plain = { redirect_uris: [WEB], grant_types: ['authorization_code', DEVICE_GRANT] }
  assert.equal(movesAway({ metadata: plain }, { ...plain, client_name: 'Other' }), false)
  assert.equal(movesAway({ metadata: {} }, { redirect_uris: [WEB] }), true)
})

test('each redirect of a client is read once for a decision, however many rules there are [doorward-policy]', (t) => {
  const rules = (tld: string) => Array.from({ length: 1000 }, (_, i) => ({ redirectHost: `r${i}.${tld}` }))
  const policy = policyOf('guarded', { deny: rules('deny'), allow: rules('allow') })
  const parse = t.mock.method(URL, 'parse')
  assert.equal(decide(policy, client('claimed'), WEB).verdict, 'ask')
  assert.ok(parse.mock.callCount() < 20, `${parse.mock.callCount()} times`)
})
