import { counter } from '../plural.ts'

const seconds = counter('en', { one: 'second', other: 'seconds' })

export const device = {
  title: 'Connect a device',
  lead: 'A program without a browser shows you a code. Type it here; you decide on the next page.',
  code: 'Code on the device',
  warning: 'Type only a code that you see on a device of your own. Nobody has a good reason to send you one.',
  submit: 'Continue',
  malformed: 'A code has eight consonants and no digits. Look at your device again.',
  unknown: 'No device waits with this code. Compare it with your device; after ten minutes it shows another one.',
  answered: 'This code was answered already. Look at your device; if it still waits, start there again.',
  wait: (count: number) => `Too many codes were tried. Wait ${seconds(count)}, then try again.`,
  denied: 'Denied',
  deniedHeading: 'The device gets no access',
  deniedHint: 'You may close this page. Did somebody send you the code? Tell whoever runs this server.',
  approved: 'Allowed',
  approvedHeading: 'Return to your device',
  approvedHint: 'It goes on by itself within a few seconds. You may close this page.',
}
