import type { Explanations } from './reason.ts'

/** The admin API, for operators. */
export const ADMIN = {
  admin_body: {
    cause: 'The body is no JSON object.',
    mend: 'Send one JSON object.',
  },
  admin_client_blocked: {
    cause: 'The client is blocked. A blocked client has to stay remembered, or it would come back.',
    mend: 'Unblock it first.',
  },
  admin_client_changed: {
    cause:
      'The application has said something else of itself since it was looked at: another name, or another place for its answers.',
    mend: 'Look at what it says now, and decide again.',
  },
  admin_client_id: {
    cause:
      'The chosen client_id is empty, too long, has spaces or unprintable characters, or begins like the id of a person or workload (dwu_, dwx_, workload:).',
    mend: 'Choose another, or leave it out and get one.',
  },
  admin_client_no_secret: {
    cause: 'The application proves itself without a secret, or gets its secret by registering; the message says which.',
    mend: 'Block or remove it where somebody else may be it. One that registers gets another secret when it does so again.',
  },
  admin_client_taken: {
    cause: 'There is a client with this client_id already.',
    mend: 'Choose another, or remove that one first.',
  },
  admin_groups_changed: {
    cause: 'Somebody else changed the groups of this person since they were looked at.',
    mend: 'Look at what they are now, and say again which they are to be.',
  },
  admin_id: {
    cause: 'The id in the path is not percent-encoded.',
    mend: 'Percent-encode it, slashes too.',
  },
  admin_input: {
    cause: 'A member of the query or the body is missing, not known, or not what it has to be; the message names it.',
    mend: 'Compare it with the description of the API (/admin/api/openapi.json).',
  },
  admin_key_late: {
    cause: 'Two asked for a new signing key at once; the other one was first.',
    mend: 'List the keys; the new one is among them.',
  },
  admin_not_an_operator: {
    cause: 'Only operators can use the administration, or give an application access to it.',
    mend: 'Sign in as an operator, or ask one to do it for you.',
  },
  admin_nothing_here: {
    cause: 'The admin API has no such action.',
    mend: 'Compare method and path with the documentation.',
  },
  admin_permission: {
    cause: 'The access token is good, and not for this: its scope lacks the permission that the message names.',
    mend: 'Ask for a token with that scope, or with doorward:admin, which has all of them.',
  },
  admin_person: {
    cause: 'The address or the password of the new person will not do; the message says why.',
    mend: 'Correct what the message names.',
  },
  admin_grant_ended: {
    cause: 'The grant was revoked, or its time is over.',
    mend: 'Nothing has to be done; it gives nothing any more.',
  },
  admin_grant_wider: {
    cause: 'What is to stay of the grant is more than it holds.',
    mend: 'Name some of what it holds; doorward grant list shows it. Only the person can allow more.',
  },
  admin_person_taken: {
    cause: 'Somebody with this address is there already.',
    mend: 'Use another address, or enable that person again.',
  },
  admin_rule_known: {
    cause: 'An operator added the same rule before.',
    mend: 'Nothing has to be done; doorward rule list shows it.',
  },
  admin_rules_full: {
    cause: 'Rules are read with every decision, so there can be only so many.',
    mend: 'Remove some, or take one that means more: *.example.com stands for every name below it.',
  },
  admin_scope_unknown: {
    cause: 'The new client is to have a scope that no resource here knows.',
    mend: 'Use scopes of the config file. Left out silently, it would be no bound at all.',
  },
  admin_token: {
    cause:
      'The access token is not good for the admin API: of another resource, expired, revoked, or of somebody who is disabled.',
    mend: 'Get a new one for the resource of the admin API.',
  },
  admin_token_missing: {
    cause: 'The request has no access token.',
    mend: 'Get one for the resource of the admin API, as an operator.',
  },
  admin_unknown: {
    cause: 'There is nothing with this id.',
    mend: 'List what there is, and copy the id from there.',
  },
} satisfies Explanations
