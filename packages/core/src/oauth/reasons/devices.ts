import type { Explanations } from './reason.ts'

/** A program without a browser, and the code that it shows (RFC 8628). */
export const DEVICES = {
  device_administration: {
    cause: 'A device asked for the administration of this server. Whoever phished an operator so would have all of it.',
    mend: 'Use a client with a browser (authorization_code), or the command line on the server.',
  },
  device_code_answered: {
    cause: 'Somebody answered the code of this device before, or you answered otherwise.',
    mend: 'Look at your device. If it still waits, start there again; it shows another code then.',
  },
  device_code_expired: {
    cause: 'The ten minutes of this code are over.',
    mend: 'Start again on your device, and type the code that it shows then. For makers: stop polling at expired_token.',
  },
  device_code_foreign: {
    cause: 'The device_code was not made by this server, or not under its present secret, or was changed on the way.',
    mend: 'Start again on your device. For makers: send the device_code as it came, not the user_code. With several processes behind one address, all need the same secret.',
  },
  device_code_of_another_client: {
    cause: 'The device_code was issued to another client.',
    mend: 'Poll with the client_id that asked for it.',
  },
  device_code_reused: {
    cause:
      'The device_code was used before. Thief and owner cannot be told apart, so everything that was issued from it is revoked.',
    mend: 'Start again on your device. For makers: stop polling once there is a token, and never poll twice at once.',
  },
  device_codes_taken: {
    cause: 'Each code that was drawn belongs to another device just now.',
    mend: 'Start again on the device; so many at once are rare.',
  },
  device_denied: {
    cause: 'The person saw what the device asks for, and said no.',
    mend: 'Nothing, if that was meant. Otherwise start again on the device and choose Allow.',
  },
  device_dpop_jkt: {
    cause: 'The device request names a key in dpop_jkt and proves another one.',
    mend: 'Leave dpop_jkt out; the DPoP proof says which key it is.',
  },
  device_grant_unregistered: {
    cause: 'The client is not registered for devices.',
    mend: 'Register it with urn:ietf:params:oauth:grant-type:device_code in grant_types. Operators say --grant device_code.',
  },
  device_limit: {
    cause: 'More devices ask at once than are taken, from one network or in all.',
    mend: 'Wait for as long as Retry-After says. For makers: keep one code until it is answered or expired.',
  },
  device_pending: {
    cause: 'Nobody has answered yet.',
    mend: 'Poll again, not before the interval has passed.',
  },
  device_polled_too_fast: {
    cause: 'The device asked again before its interval had passed.',
    mend: 'Wait five seconds longer between requests, each time that this comes (RFC 8628 §3.5).',
  },
} satisfies Explanations
