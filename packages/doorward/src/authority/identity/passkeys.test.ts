import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import { SettingsService } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { StoredUser } from '../../store/store.ts'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { addPasskey, askForNewPasskey, askForPasskey, type PasskeyQuestion, signInWithPasskey } from './passkeys.ts'

// An authenticator of our own, so that it can be wrong in one thing at a time.

const BROWSER = 'b'.repeat(32)
const FROM = { browser: 'Firefox, Linux', replaces: undefined }
const PRESENT = 0x01
const VERIFIED = 0x04
const ATTESTED = 0x40
/** Can be copied elsewhere, and has been. */
const SYNCABLE = 0x08
const SYNCED = 0x18

interface Key {
  readonly id: Buffer
  readonly privateKey: KeyObject
  readonly x: Buffer
  readonly y: Buffer
}

/** What an authenticator, or the browser before it, says otherwise than it should. */
interface Changes {
  readonly origin?: string
  readonly rpId?: string
  readonly flags?: number
  readonly type?: string
  readonly challenge?: string
  readonly userHandle?: unknown
  readonly signedBy?: KeyObject
  readonly id?: Buffer
  readonly crossOrigin?: unknown
  readonly topOrigin?: string
  readonly transports?: unknown
  readonly attestation?: readonly [string, Map<string, Uint8Array[]>]
}

let world: World
let key: Key
beforeEach(async () => {
  world = await makeWorld()
  key = newKey()
})
afterEach(() => world.close())

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return { id: randomBytes(16), privateKey, x: Buffer.from(x, 'base64url'), y: Buffer.from(y, 'base64url') }
}

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()

function clientData(type: string, { options }: PasskeyQuestion, changes: Changes): Buffer {
  const { challenge } = JSON.parse(options) as { challenge: string }
  const origin = 'https://door.example'
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...only(changes) }))
}
function only({ origin, type, challenge, crossOrigin, topOrigin }: Changes): Changes {
  return JSON.parse(JSON.stringify({ origin, type, challenge, crossOrigin, topOrigin })) as Changes
}

function authenticatorData({ rpId = 'door.example', flags = PRESENT | VERIFIED }: Changes, attested?: Buffer): Buffer {
  const all = attested === undefined ? flags : flags | ATTESTED
  return Buffer.concat([sha256(rpId), Buffer.from([all]), Buffer.alloc(4), attested ?? Buffer.alloc(0)])
}

function newPasskey({ id, x, y }: Key, question: PasskeyQuestion, changes: Changes): string {
  // RFC 9053 §7.1.1: an elliptic curve (2) for ES256 (-7) on P-256 (1).
  const cose = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(x)],
      [-3, new Uint8Array(y)],
    ]),
  )
  const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([id.length >> 8, id.length & 0xff]), id, cose])
  const [format, statement] = changes.attestation ?? ['none', new Map()]
  const attestation = new Map<string, string | Uint8Array | Map<string, Uint8Array[]>>([
    ['fmt', format],
    ['attStmt', statement],
    ['authData', new Uint8Array(authenticatorData(changes, attested))],
  ])
  const response = {
    clientDataJSON: base64url(clientData('webauthn.create', question, changes)),
    attestationObject: base64url(isoCBOR.encode(attestation)),
    transports: changes.transports ?? ['internal'],
  }
  return JSON.stringify(credential(id, response))
}

function answerOf({ id, privateKey }: Key, question: PasskeyQuestion, changes: Changes): string {
  const data = clientData('webauthn.get', question, changes)
  const authenticator = authenticatorData(changes)
  const signed = sign('sha256', Buffer.concat([authenticator, sha256(data)]), changes.signedBy ?? privateKey)
  const response = {
    clientDataJSON: base64url(data),
    authenticatorData: base64url(authenticator),
    signature: base64url(signed),
    userHandle: 'userHandle' in changes ? changes.userHandle : base64url(world.user.id),
  }
  return JSON.stringify(credential(changes.id ?? id, response))
}

function credential(id: Buffer, response: object): object {
  return { id: base64url(id), rawId: base64url(id), type: 'public-key', clientExtensionResults: {}, response }
}

async function add(added: Key = key, changes: Changes = {}, user: StoredUser = world.user): Promise<void> {
  const question = await askForNewPasskey(world.ctx, BROWSER, user)
  const response = newPasskey(added, question, changes)
  await addPasskey(world.ctx, VISIT, user, { browser: BROWSER, sealed: question.sealed, response, name: 'Key' })
}

function enter(changes: Changes = {}) {
  const question = askForPasskey(world.ctx, BROWSER)
  const response = answerOf(key, question, changes)
  return signInWithPasskey(world.ctx, VISIT, { browser: BROWSER, sealed: question.sealed, response }, FROM)
}

async function reasonOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof OAuthError ? error.reason : `no refusal: ${String(error)}`
}
const count = async (user = world.user) => (await world.ctx.store.passkeys.ofUser(user.id)).length
const sessions = () => world.ctx.store.sessions.ofUser(world.user.id, world.ctx.now())

test('a passkey that was added signs in whose it is', async () => {
  await add()
  const { user, session } = await enter()
  assert.equal(user.id, world.user.id)
  assert.equal(session.length, 43)
  assert.equal((await sessions())[0]?.authentication.method, 'passkey')
})

const BOTH: readonly (readonly [string, Changes])[] = [
  ['for another origin', { origin: 'https://evil.example' }],
  ['for a host below ours', { origin: 'https://app.door.example' }],
  ['for another port', { origin: 'https://door.example:8443' }],
  ['for plain http', { origin: 'http://door.example' }],
  ['for another relying party', { rpId: 'evil.example' }],
  ['for the domain above', { rpId: 'example' }],
  ['without a check of the person', { flags: PRESENT }],
  ['without anybody there', { flags: VERIFIED }],
  ['asked for within a page of somebody else', { crossOrigin: true }],
  ['asked for within a page that is named', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['asked for below a page that is named', { topOrigin: 'https://evil.example' }],
  ['asked for within nobody knows what', { crossOrigin: 'no' }],
  ['to another question', { challenge: base64url(randomBytes(32)) }],
]
const ANSWERS: readonly (readonly [string, Changes])[] = [
  ...BOTH,
  ['of somebody else', { userHandle: base64url('dwu_bob') }],
  ['of nobody', { userHandle: undefined }],
  ['of nobody, said so', { userHandle: null }],
  ['of an empty name', { userHandle: '' }],
  ['of a number', { userHandle: 0 }],
  ['signed by another key', { signedBy: newKey().privateKey }],
  ['by a passkey that is not known', { id: randomBytes(16) }],
  ['to the question for a new one', { type: 'webauthn.create' }],
]
for (const [what, changes] of ANSWERS) {
  test(`an answer ${what} signs in nobody`, async () => {
    await add()
    assert.equal(await reasonOf(enter(changes)), 'passkey_refused')
    assert.deepEqual(await sessions(), [])
  })
}

for (const [what, changes] of [...BOTH, ['to the question for a sign-in', { type: 'webauthn.get' }]] as const) {
  test(`a new passkey ${what} is not added`, async () => {
    assert.equal(await reasonOf(add(key, changes)), 'passkey_refused')
    assert.equal(await count(), 0)
  })
}

const TRANSPORTS: readonly unknown[] = ['usb', 5, {}, true, [null, 5, ['usb']], [{ toString: 5 }], [{}]]
for (const transports of TRANSPORTS) {
  test(`a new passkey whose transports are ${JSON.stringify(transports)} is added without them`, async () => {
    assert.equal(await reasonOf(add(key, { transports })), 'no refusal: undefined')
    assert.deepEqual((await world.ctx.store.passkeys.ofUser(world.user.id))[0]?.transports, [])
    assert.equal((await enter()).user.id, world.user.id)
  })
}

// One that stands for the maker's, and one below it that says that its list of revoked ones is at http://10.0.0.1/crl.
const ROOT = [
  'MIIBbjCCARWgAwIBAgIUMKRqyvy8vGvvopMZYtuIThugDWIwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBcjAgFw0yNjExMjMwNTEyMjFaGA8yMT',
  'I2MTAzMDA1MTIyMVowDDEKMAgGA1UEAwwBcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJZY5qS+ydgLB77rwWCT3uvMHUFRF0L9GwsoCKcU',
  'JWSfjUu2wVJkQSvzdyVETgWW+Y4do2g5JRfvce/7U3Ce16SjUzBRMB0GA1UdDgQWBBTUPnPI2ztPF4NUJ6I5dRbaYE4ETTAfBgNVHSMEGDAWgB',
  'TUPnPI2ztPF4NUJ6I5dRbaYE4ETTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCID5sn0NCc14HKeRIpc06IW0UxdoHuDU4t6hb',
  'GZcZBw7EAiAldD4WDMsdcXGIbr3mGu+fA0UmWAjva2g9nA7E8NSqYg==',
].join('')
const LEAF = [
  'MIIBhDCCASqgAwIBAgIUbONqg80gJefWdZjQkPW6lTLfQLUwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBcjAgFw0yNjExMjMwNTEyMjFaGA8yMT',
  'I2MTAzMDA1MTIyMVowDDEKMAgGA1UEAwwBbDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDTgUTi2z7kFIUZ3Yml+E0ehZg7yUkxYLZvMckzA',
  'OWyYMSs1Iw1mesl5NiI+WRppDwhqEM/JClSAJ62ycallJSujaDBmMCQGA1UdHwQdMBswGaAXoBWGE2h0dHA6Ly8xMC4wLjAuMS9jcmwwHQYDVR',
  '0OBBYEFB9ttxoFu87dQmQ+RfgXjalADuAjMB8GA1UdIwQYMBaAFNQ+c8jbO08Xg1Qnojl1FtpgTgRNMAoGCCqGSM49BAMCA0gAMEUCIQCDJov3',
  'XPuPr5FsZh7Ey9aIlPxoUETmGX1XAiwxOdiV8AIgQ98mZXS7IE4HF/d6NQYRoylP3SwGdC+mIT72JiXNJf0=',
].join('')

test('nothing is fetched for the attestation of a passkey, wherever its certificates say that something is [doorward-outbound-special-use]', async (t) => {
  const leaf = new Uint8Array(Buffer.from(LEAF, 'base64'))
  for (const format of ['apple', 'android-safetynet', 'android-key', 'compound']) {
    const before = SettingsService.getRootCertificates({ identifier: 'apple' })
    SettingsService.setRootCertificates({
      identifier: 'apple',
      certificates: [new Uint8Array(Buffer.from(ROOT, 'base64'))],
    })
    const fetched = t.mock.method(globalThis, 'fetch', () => Promise.reject(new Error('nobody is there')))
    assert.equal(await reasonOf(add(key, { attestation: [format, new Map([['x5c', [leaf]]])] })), 'passkey_refused')
    assert.deepEqual(
      fetched.mock.calls.map(({ arguments: [url] }) => url),
      [],
    )
    fetched.mock.restore()
    SettingsService.setRootCertificates({ identifier: 'apple', certificates: before })
  }
  assert.equal(await count(), 0)
})

test('a passkey is kept only where it is found again: its id has 1023 bytes at most', async () => {
  key = { ...newKey(), id: randomBytes(1023) }
  await add()
  assert.equal((await enter()).user.id, world.user.id)
  assert.equal(await reasonOf(add({ ...newKey(), id: randomBytes(1024) })), 'passkey_refused')
  assert.equal(await count(), 1)
})

test('a passkey that can be copied elsewhere is no key in hardware, and does not become one', async () => {
  const methods = async () => (await sessions()).map(({ authentication }) => authentication.amr.join(' '))
  await add(key, { flags: PRESENT | VERIFIED | SYNCABLE })
  await enter({ flags: PRESENT | VERIFIED | SYNCABLE })
  await enter({ flags: PRESENT | VERIFIED | SYNCED })
  assert.deepEqual(await methods(), ['swk user', 'swk user'])
  assert.equal(await reasonOf(enter()), 'passkey_refused')
  key = newKey()
  await add()
  await enter()
  assert.deepEqual((await methods()).sort(), ['hwk user', 'swk user', 'swk user'])
})

test('an answer is good once, and a question for one person is none for another [doorward-passkey-once]', async () => {
  await add()
  const question = askForPasskey(world.ctx, BROWSER)
  const answer = { browser: BROWSER, sealed: question.sealed, response: answerOf(key, question, {}) }
  await signInWithPasskey(world.ctx, VISIT, answer, FROM)
  assert.equal(await reasonOf(signInWithPasskey(world.ctx, VISIT, answer, FROM)), 'passkey_challenge')
  const asked = await askForNewPasskey(world.ctx, BROWSER, world.user)
  const response = newPasskey(newKey(), asked, {})
  const bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com' }
  await world.ctx.store.users.add(bob)
  const foreign = { browser: BROWSER, sealed: asked.sealed, response, name: '' }
  assert.equal(await reasonOf(addPasskey(world.ctx, VISIT, bob, foreign)), 'passkey_challenge')
  assert.equal(await count(bob), 0)
})

test('a question for something else is not used up by who answers it here, and asks nothing of the database [doorward-passkey-once]', async () => {
  await add()
  const asked = await askForNewPasskey(world.ctx, BROWSER, world.user)
  const claims = { ...world.ctx.store.claims, claim: () => Promise.reject(new Error('the database is away')) }
  const ctx = { ...world.ctx, store: { ...world.ctx.store, claims } }
  const answer = { browser: BROWSER, sealed: asked.sealed, response: '{}' }
  assert.equal(await reasonOf(signInWithPasskey(ctx, VISIT, answer, FROM)), 'passkey_challenge')
  const response = newPasskey(newKey(), asked, {})
  await addPasskey(world.ctx, VISIT, world.user, { browser: BROWSER, sealed: asked.sealed, response, name: '' })
  assert.equal(await count(), 2)
})

test('a person has twenty passkeys at most, also where several come at once, and each is of one person', async () => {
  for (let i = 0; i < 19; i++) await add(newKey())
  const reasons = await Promise.all([newKey(), newKey(), newKey()].map((next) => reasonOf(add(next))))
  assert.deepEqual(reasons.sort(), ['no refusal: undefined', 'passkey_limit', 'passkey_limit'])
  assert.equal(await count(), 20)
  const bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com' }
  await world.ctx.store.users.add(bob)
  await add(key, {}, bob)
  assert.equal(await reasonOf(add(key, {}, bob)), 'passkey_refused')
  assert.equal(await count(bob), 1)
})
