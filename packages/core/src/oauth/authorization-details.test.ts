import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DetailsTypes, narrowAuthorizationDetails, readAuthorizationDetails } from './authorization-details.ts'

const text = (label: string) => ({ type: 'string', label }) as const

/** The types of the examples in RFC 9396, as an operator would register them. */
const TYPES: DetailsTypes = {
  payment_initiation: {
    description: 'Make a payment',
    fields: {
      actions: { type: 'strings', label: 'It may', enum: ['initiate', 'status', 'cancel'] },
      locations: { type: 'strings', label: 'At', enum: ['https://example.com/payments'] },
      instructedAmount: {
        type: 'object',
        required: true,
        fields: {
          currency: { ...text('Currency'), required: true, enum: ['EUR', 'CHF'] },
          amount: { ...text('Amount'), required: true },
        },
      },
      creditorName: { ...text('To'), required: true, maxLength: 20 },
      creditorAccount: { type: 'object', fields: { bic: text('BIC'), iban: text('Account') } },
      remittanceInformationUnstructured: text('Reference'),
      instalments: { type: 'number', label: 'Instalments' },
      urgent: { type: 'boolean', label: 'Urgent' },
    },
  },
  account_information: {
    description: 'See your accounts',
    fields: {
      actions: { type: 'strings', label: 'It may' },
      locations: { type: 'strings', label: 'At' },
    },
  },
}
const PAYMENT = {
  type: 'payment_initiation',
  locations: ['https://example.com/payments'],
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant A',
  creditorAccount: { bic: 'ABCIDEFFXXX', iban: 'DE02100100109307118603' },
  remittanceInformationUnstructured: 'Ref Number Merchant',
}
const ACCOUNTS = {
  type: 'account_information',
  actions: ['list_accounts', 'read_balances', 'read_transactions'],
  locations: ['https://example.com/accounts'],
}

test('the examples of RFC 9396 are read as they stand [rfc9396-2, rfc9396-2-several]', () => {
  for (const details of [[PAYMENT], [ACCOUNTS], [ACCOUNTS, PAYMENT], [PAYMENT, PAYMENT]]) {
    assert.deepEqual(readAuthorizationDetails(JSON.stringify(details, null, 2), TYPES), details)
  }
})

const one = (changes: Record<string, unknown>) => JSON.stringify([{ ...PAYMENT, ...changes }])
const REFUSED: readonly (readonly [string, string, string])[] = [
  ['text that is no JSON', 'payment', 'details_malformed'],
  ['an object', JSON.stringify(PAYMENT), 'details_malformed'],
  ['an empty array', '[]', 'details_malformed'],
  ['something that is no object', JSON.stringify([PAYMENT, null]), 'details_malformed'],
  ['an array in an array', JSON.stringify([[PAYMENT]]), 'details_malformed'],
  ['an object without type [rfc9396-2]', '[{}]', 'details_malformed'],
  ['a type that is a number', '[{"type":1}]', 'details_malformed'],
  ['a member twice', `[{"type":"account_information","type":"payment_initiation"}]`, 'details_malformed'],
  ['nesting without end', `[{"type":"a","x":${'['.repeat(50)}${']'.repeat(50)}}]`, 'details_malformed'],
  ['eleven objects', JSON.stringify(Array(11).fill(ACCOUNTS)), 'details_too_many'],
  ['five thousand bytes', one({ actions: ['€'.repeat(1700)] }), 'details_too_large'],
  ['an unknown type [rfc9396-5-unknown]', '[{"type":"else"}]', 'details_type_unknown'],
  ['a type that every object has', '[{"type":"constructor"}]', 'details_type_unknown'],
  ['an unknown field [rfc9396-5-unknown-field]', one({ creditor: 'x' }), 'details_field_unknown'],
  ['a field that every object has', one({ toString: 'x' }), 'details_field_unknown'],
  ['a field named __proto__', one({}).replace('{', '{"__proto__":{},'), 'details_field_unknown'],
  ['an unknown field inside a field', one({ creditorAccount: { number: '1' } }), 'details_field_unknown'],
  ['a missing field [rfc9396-5-missing-field]', one({ creditorName: undefined }), 'details_field_missing'],
  ['a missing field inside a field', one({ instructedAmount: { currency: 'EUR' } }), 'details_field_missing'],
  ['null for a field', one({ creditorName: null }), 'details_field_shape'],
  ['a number for text [rfc9396-5-wrong-type]', one({ creditorName: 5 }), 'details_field_shape'],
  ['text for a number', one({ instalments: '5' }), 'details_field_shape'],
  ['a number that others would round', one({}).replace('{', '{"instalments":9007199254740993,'), 'details_field_shape'],
  ['a number without end', one({}).replace('{', '{"instalments":1e999,'), 'details_field_shape'],
  ['text for a truth', one({ urgent: 'yes' }), 'details_field_shape'],
  ['text for several words', one({ actions: 'initiate' }), 'details_field_shape'],
  ['no words', one({ actions: [] }), 'details_field_shape'],
  ['too many words', one({ actions: Array(21).fill('status') }), 'details_field_shape'],
  ['a number among words', one({ actions: ['status', 1] }), 'details_field_shape'],
  ['text for an object', one({ instructedAmount: '123.50 EUR' }), 'details_field_shape'],
  ['an array for an object', one({ instructedAmount: [] }), 'details_field_shape'],
  ['a word that is not among those [rfc9396-5-wrong-value]', one({ actions: ['refund'] }), 'details_field_value'],
  ['text that is too long', one({ creditorName: 'x'.repeat(21) }), 'details_field_value'],
  ['text of unbounded length', one({ remittanceInformationUnstructured: 'x'.repeat(201) }), 'details_field_value'],
  ['text of spaces', one({ creditorName: '  ' }), 'details_field_value'],
  ['text on two lines', one({ creditorName: 'A\nB' }), 'details_field_value'],
]
for (const [what, details, reason] of REFUSED) {
  test(`authorization details with ${what} are refused`, () => {
    assert.throws(() => readAuthorizationDetails(details, TYPES), { code: 'invalid_authorization_details', reason })
  })
}

test('a client that said which types it uses is held to them [rfc9396-10-client]', () => {
  const asked = JSON.stringify([ACCOUNTS])
  assert.deepEqual(readAuthorizationDetails(asked, TYPES, ['account_information']), [ACCOUNTS])
  for (const registered of [['payment_initiation'], []]) {
    assert.throws(() => readAuthorizationDetails(asked, TYPES, registered), { reason: 'details_type_not_registered' })
  }
})

test('a token gets what was granted, or fewer of its objects, each whole [rfc9396-6, rfc9396-6-discretion]', () => {
  const granted = [PAYMENT, ACCOUNTS]
  const reordered = Object.fromEntries(Object.entries(PAYMENT).reverse())
  assert.deepEqual(narrowAuthorizationDetails(granted, undefined), granted)
  assert.deepEqual(narrowAuthorizationDetails(granted, JSON.stringify([reordered])), [PAYMENT])
  assert.equal(narrowAuthorizationDetails(undefined, undefined), undefined)
  const twice = JSON.stringify([PAYMENT, PAYMENT])
  assert.equal(narrowAuthorizationDetails([PAYMENT, ACCOUNTS, PAYMENT], twice)?.length, 2)
  assert.throws(() => narrowAuthorizationDetails(granted, twice), { reason: 'details_widened' })
})

const WIDER: readonly (readonly [string, unknown])[] = [
  ['another amount', { ...PAYMENT, instructedAmount: { currency: 'EUR', amount: '999.00' } }],
  ['a field more', { ...PAYMENT, urgent: true }],
  ['a field less, which may mean more', { type: 'account_information', actions: ACCOUNTS.actions }],
  ['words in another order', { ...ACCOUNTS, actions: ACCOUNTS.actions.toReversed() }],
  ['another type', { ...ACCOUNTS, type: 'payment_initiation' }],
  ['other characters that look alike [rfc9396-12-compare]', { ...PAYMENT, creditorName: 'Merchant \u0391' }],
]
for (const [what, detail] of WIDER) {
  test(`a token does not get ${what} than was granted [rfc9396-6]`, () => {
    const reason = { code: 'invalid_authorization_details', reason: 'details_widened' }
    for (const granted of [[PAYMENT, ACCOUNTS], undefined])
      assert.throws(() => narrowAuthorizationDetails(granted, JSON.stringify([ACCOUNTS, detail])), reason)
  })
}
