import type { Explanations } from './reason.ts'

/** What is asked for in detail (RFC 9396), at the authorization and at the token endpoint. */
export const DETAILS = {
  details_field_missing: {
    cause: 'An object in authorization_details lacks a field that its type needs; the message names it.',
    mend: 'Add it. Whoever runs the MCP server says which fields its types have.',
  },
  details_field_shape: {
    cause:
      'A field in authorization_details is no value of the kind that its type says: text, number, truth or object.',
    mend: 'Send the JSON value that the message asks for. Numbers that not every reader reads alike belong into text.',
  },
  details_field_unknown: {
    cause: 'An object in authorization_details has a field that its type does not know, and nobody would be shown it.',
    mend: 'Leave it out. Whoever runs this server can add it under authorizationDetailsTypes.',
  },
  details_field_value: {
    cause: 'A text in authorization_details is empty, too long, on several lines, or none of the words that it may be.',
    mend: 'Send what the message asks for.',
  },
  details_malformed: {
    cause: 'authorization_details is no JSON array of one object or more, each with a type, no member twice.',
    mend: 'Send such an array, percent-encoded; in a signed request as JSON and not as text. To ask for nothing in detail, leave it out.',
  },
  details_too_large: {
    cause: 'authorization_details is longer than 4096 bytes. A person reads all of it, and every token carries it.',
    mend: 'Ask for less at once.',
  },
  details_too_many: {
    cause: 'authorization_details has more than ten objects.',
    mend: 'Ask for less at once.',
  },
  details_type_not_registered: {
    cause:
      'This client registered the types that it uses (authorization_details_types), and this one is not among them.',
    mend: 'Register it as well, or leave such objects out.',
  },
  details_type_unknown: {
    cause: 'The resource knows no such type of authorization_details.',
    mend: 'Ask for the resource that has it: each names its types in its metadata (authorization_details_types_supported).',
  },
  details_widened: {
    cause:
      'The token request asks in detail for something that was not granted, or not in these very words (RFC 9396 §6).',
    mend: 'Repeat objects as the token response had them, fewer if you like, or leave the parameter out for all of them.',
  },
} satisfies Explanations
