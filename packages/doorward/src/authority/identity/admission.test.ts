import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { type Admitted, admit } from './admission.ts'
import type { Arrival } from './connectors/connector.ts'
import { openSession } from './session.ts'
import type { Provider } from './settings.ts'

const BROWSER = 'b'.repeat(32)
const COMPANY: Provider = {
  id: 'company',
  name: 'Company',
  kind: 'oidc',
  issuer: 'https://login.corp.example',
  clientId: 'doorward',
  clientSecret: createSecretKey(Buffer.from('a secret')),
  authentication: 'client_secret_basic',
  scopes: [],
  groupsClaim: 'groups',
  operatorsGroup: 'admins',
  domains: ['corp.example', 'xn--bcher-kva.example'],
  newPeople: 'of_its_domains',
}
const GITHUB: Provider = { ...COMPANY, id: 'github', kind: 'github', domains: [], newPeople: 'everybody' }

let world: World
beforeEach(async () => {
  world = await makeWorld({ signIn: { providers: [COMPANY, GITHUB] } })
})
afterEach(() => world.close())

const coming = (changes: { linkTo?: string; replaces?: string } = {}) => ({
  browser: BROWSER,
  from: { browser: 'Firefox, Linux', replaces: changes.replaces },
  at: world.ctx.now(),
  linkTo: changes.linkTo,
  request: 'sealed',
})
const arrival = (subject: string, email: string | undefined, groups?: readonly string[]): Arrival => ({
  subject,
  email,
  label: email ?? subject,
  groups,
  authenticatedAt: undefined,
  amr: [],
})
const arrive = (provider: Provider, of: Arrival, how = coming()) => admit(world.ctx, VISIT, provider, of, how)

async function reasonOf(attempt: Promise<Admitted>): Promise<string> {
  const error = await attempt.then(
    ({ verdict }) => verdict,
    (thrown: unknown) => thrown,
  )
  return error instanceof OAuthError ? error.reason : String(error)
}

const NEW: readonly (readonly [Provider['newPeople'], string, string])[] = [
  ['of_its_domains', 'eve@corp.example', 'signed-in'],
  // A public provider has accounts of the whole world; its domains say which of them are the company's.
  ['of_its_domains', 'eve@anywhere.example', 'person_not_admitted'],
  ['everybody', 'eve@anywhere.example', 'signed-in'],
  ['nobody', 'eve@corp.example', 'person_not_admitted'],
]
for (const [newPeople, email, outcome] of NEW) {
  test(`where new people may come in, ${newPeople}, ${email} finds ${outcome} [doorward-provider-newcomers]`, async () => {
    assert.equal(await reasonOf(arrive({ ...COMPANY, newPeople }, arrival('eve', email))), outcome)
  })
}

for (const email of ['eve@corp.example', 'eve@corp.example.', 'eve@bücher.example', 'eve@xn--bcher-kva.example']) {
  test(`GitHub is not believed about ${email}, which signs in elsewhere`, async () => {
    assert.equal(await reasonOf(arrive(GITHUB, arrival('7', email))), 'domain_of_another_provider')
  })
}
