import type { Explanations } from './reason.ts'

/** Tokens that no person agrees to at that moment, and questions about tokens. */
export const WITHOUT_PERSON = {
  client_credentials_not_registered: {
    cause: 'The client is not registered to act for itself. No client gives itself that, however it registers.',
    mend: "An operator registers it: 'doorward client add --grant client_credentials', with a secret or keys and with the scopes that it may have. A client that acts for people uses the authorization code.",
  },
  exchange_actor_token: {
    cause: 'The request has an actor_token. Who acts is always the client that asks.',
    mend: 'Leave it out, and authenticate as the one who acts.',
  },
  exchange_chain: {
    cause: 'The token was already exchanged several times, each time by another one who acts.',
    mend: 'Exchange a token nearer to the person. A loop between servers is the usual cause.',
  },
  exchange_client_unproven: {
    cause: 'The client proves nothing, or only has a secret that anybody gets who registers the same words.',
    mend: 'An operator registers the MCP server as a client, with a secret or keys, and names it under servers of its resource.',
  },
  exchange_not_allowed: {
    cause: 'Nobody wrote down that tokens of the one MCP server may be exchanged for the other.',
    mend: 'An operator names the other one under exchanges of the resource, with what each scope is worth there.',
  },
  exchange_outdated: {
    cause: 'The subject_token is from before its grant was narrowed, or its grant has reached its end.',
    mend: 'Exchange the token that the client sends after it has refreshed.',
  },
  exchange_requested_type: {
    cause: 'requested_token_type is another one than that of access tokens.',
    mend: 'Leave it out.',
  },
  exchange_sender_key: {
    cause: 'The subject_token is bound to a key, and its own client asks with another one.',
    mend: 'Send a proof of the key that the token is bound to.',
  },
  exchange_stranger: {
    cause: 'The client is neither the one that the subject_token was issued to, nor a server that it is for.',
    mend: 'For the MCP server itself: an operator names its client id under servers of its resource.',
  },
  exchange_subject_type: {
    cause: 'subject_token_type is not that of an access token.',
    mend: 'Send an access token of this server, with urn:ietf:params:oauth:token-type:access_token.',
  },
  exchange_unbound: {
    cause:
      'The subject_token is bound to a key and the request proves none; the new token would be worth more to a thief than the old.',
    mend: 'Send a DPoP proof of a key of your own with the request.',
  },
  grant_assertion_algorithm: {
    cause: 'The assertion is signed with an algorithm that is not taken here.',
    mend: 'Have its issuer sign with ES256 or PS256, or let an operator list its algorithms.',
  },
  grant_assertion_audience: {
    cause: 'The assertion is not for this server alone; the message shows what it is for and what is expected.',
    mend: 'Ask for one whose aud is the issuer of this server and nothing else.',
  },
  grant_assertion_claim: {
    cause: 'A claim of the assertion is missing or wrong; the message names it.',
    mend: 'Get a new one from its issuer. A typ other than oauth-id-jag+jwt, an ID token for instance, is refused as well.',
  },
  grant_assertion_client_unproven: {
    cause: 'The client proves nothing, so anybody could be the one that the assertion names.',
    mend: 'Use a client that an operator registered with a secret or keys, or one whose metadata document names keys.',
  },
  grant_assertion_expired: {
    cause: 'The assertion has expired.',
    mend: 'Get a new one. If it happens at once, the clocks differ.',
  },
  grant_assertion_from_the_future: {
    cause: 'The assertion says that it was issued later than now.',
    mend: 'Set the clocks right.',
  },
  grant_assertion_issuer: {
    cause: 'The issuer of the assertion is not one whose word about people is taken here.',
    mend: 'An operator lists it under assertionIssuers with people. The iss has to be the same, byte for byte.',
  },
  grant_assertion_jti: {
    cause: 'The assertion has no jti, so that it cannot be known whether it came before.',
    mend: 'Have its issuer put one in. For platforms that cannot, an operator sets mayRepeat.',
  },
  grant_assertion_keys_unavailable: {
    cause: 'The keys of the issuer could not be fetched.',
    mend: 'Try again in a moment. If it stays, check its jwksUri from where this server runs, or list its keys under jwks.',
  },
  grant_assertion_of_another_client: {
    cause: 'The client_id in the assertion is another one than that of the request.',
    mend: 'Ask the identity provider for an assertion for the client id that you use here.',
  },
  grant_assertion_replayed: {
    cause: 'The assertion was used before.',
    mend: 'Get a new one for each access token. For platforms that hand out the same one, an operator sets mayRepeat.',
  },
  grant_assertion_sender_key: {
    cause: 'The assertion is bound to a key that the request does not prove.',
    mend: 'Send a DPoP proof of that key.',
  },
  grant_assertion_signature: {
    cause: 'The signature of the assertion does not fit the keys of its issuer.',
    mend: 'Get a new one; if it stays, check the jwksUri of the issuer.',
  },
  grant_assertion_subject: {
    cause: 'The sub of the assertion is empty, too long or no string.',
    mend: 'Have its issuer name a subject.',
  },
  grant_assertion_too_long_lived: {
    cause: 'The assertion is good for longer than is taken here; the message says how long.',
    mend: 'Have its issuer make short ones: minutes are enough.',
  },
  grant_opened_too_often: {
    cause: 'The same program took its own grant back and asked for a new one many times within an hour.',
    mend: 'Keep the token until it ends, and do not revoke it after each use. It works again within the hour.',
  },
  introspection_unproven: {
    cause:
      'Whoever asks about tokens proves nothing, or only has a secret that anybody gets who registers the same words.',
    mend: 'An operator registers the MCP server as a client, with a secret or keys, and names it under servers of its resource.',
  },
  subject_token: {
    cause: 'The subject_token is no access token of this server, or it has expired.',
    mend: 'Send a fresh one.',
  },
  workload_resource: {
    cause: 'The workload may have tokens for one resource, and asks for another.',
    mend: 'Leave resource out, or let an operator list the workload for the other one.',
  },
  workload_unknown: {
    cause: 'The platform is known here, and none of the listed workloads fits what it says of this program.',
    mend: 'An operator compares the claims of the assertion with those of the workload; every one has to be the same, or begin alike where it ends in *.',
  },
} satisfies Explanations
