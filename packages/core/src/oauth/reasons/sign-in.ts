import type { Explanations } from './reason.ts'

/** How people show who they are: identity providers, passkeys, and the page on which they look after both. */
export const SIGN_IN = {
  account_disabled: {
    cause: 'An operator has disabled this account.',
    mend: 'Ask an operator of this server.',
  },
  acr_unmet: {
    cause: 'The application asks for a way of signing in (acr_values) that is not offered here.',
    mend: 'Ask for one of acr_values_supported in the metadata of this server, or for none.',
  },
  domain_of_another_provider: {
    cause: 'Addresses of this domain sign in at another identity provider, so this one is not believed about them.',
    mend: 'Type your e-mail address on the sign-in page; it leads to the right one.',
  },
  email_unverified: {
    cause: 'The identity provider does not say that your e-mail address was verified, or says no address at all.',
    mend: 'Verify the address there and sign in again. Operators: see docs/sign-in.md for what the provider has to send.',
  },
  groups_overage: {
    cause:
      'You are in more groups there than the identity provider lists in one answer. Which ones they are decides what you may do here, so an incomplete list is not accepted.',
    mend: 'Ask an operator. For them: let the provider send only the groups that matter here (Entra ID: groups assigned to the application, or application roles with groupsClaim "roles"); docs/sign-in.md says where.',
  },
  identity_taken: {
    cause: 'This account at the identity provider is linked to somebody else here.',
    mend: 'Sign in with it, and unlink it there first; or link another one.',
  },
  last_way: {
    cause: 'It is the only way in which you can sign in.',
    mend: 'Add a passkey or link an account first.',
  },
  link_expired: {
    cause:
      'The question whether to link the two accounts was answered before, is older than ten minutes, or was asked in another browser.',
    mend: 'Sign in at the identity provider again.',
  },
  link_other_account: {
    cause: 'You are signed in as somebody else than the account that was to be linked, or not any more.',
    mend: 'Sign in here with the account that is to be linked, and begin again.',
  },
  max_age_invalid: {
    cause: 'max_age is no whole number of seconds.',
    mend: 'Send a number like 300, or leave it out (OpenID Connect Core §3.1.2.1).',
  },
  only_a_password: {
    cause:
      'The account with your address can sign in with a password only, and none is taken for it: people of its domain sign in at an identity provider.',
    mend: 'Ask an operator. For them: doorward user password ADDRESS --none opens the account to the provider that has its domain in the config; then sign in there again.',
  },
  passkey_challenge: {
    cause:
      'The question to your passkey was answered before, is older than ten minutes, or was asked in another browser.',
    mend: 'Open the page anew and try again.',
  },
  passkey_copied: {
    cause: 'The passkey counts its uses, and this count was seen before: there may be a copy of it.',
    mend: 'Sign in in another way and remove the passkey; then add a new one.',
  },
  passkey_limit: {
    cause: 'You have as many passkeys as one person can have.',
    mend: 'Remove one that you no longer use.',
  },
  passkey_refused: {
    cause: 'The passkey is not known here, did not check that it is you, or belongs to another address.',
    mend: 'Try again with another passkey, or sign in in another way.',
  },
  password_not_offered: {
    cause: 'People sign in here without a password.',
    mend: 'Use one of the ways on the sign-in page.',
  },
  password_unusable: {
    cause: 'The old password is not right, or the new one is shorter than twelve or longer than 1024 characters.',
    mend: 'Check both and try again.',
  },
  person_not_admitted: {
    cause: 'The identity provider knows you and this server does not, and it does not add people by itself.',
    mend: 'Ask an operator to add you with this e-mail address; then sign in again and link both.',
  },
  provider_answer: {
    cause: 'What the identity provider answered is not what the protocol asks for, or is not signed by it.',
    mend: 'Try again. If it stays so, an operator finds in the event which rule was broken.',
  },
  provider_declined: {
    cause: 'You, or the identity provider, declined the sign-in there.',
    mend: 'Start again, or sign in in another way.',
  },
  provider_refused: {
    cause: 'The identity provider refused the request of this server.',
    mend: 'Operators: compare the client id, the secret and the redirect URI with what is entered there; docs/sign-in.md has them.',
  },
  provider_unreachable: {
    cause: 'The identity provider cannot be reached, or does not answer in time.',
    mend: 'Wait a moment and try again, or sign in in another way.',
  },
  provider_wrong_issuer: {
    cause: 'The answer says that it comes from another identity provider than the one that was asked (RFC 9207).',
    mend: 'Start again on the sign-in page. If it stays so, tell an operator: somebody may be mixing up two providers.',
  },
  sign_in_limit: {
    cause: 'Too many sign-ins were started from your network.',
    mend: 'Wait a moment, then try again.',
  },
  sign_in_state: {
    cause:
      'The answer of the identity provider was used before, is older than ten minutes, or was asked for in another browser.',
    mend: 'Start again on the sign-in page, in this browser and with cookies allowed.',
  },
} satisfies Explanations
