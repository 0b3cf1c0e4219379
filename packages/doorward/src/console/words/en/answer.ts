import { counter } from '../plural.ts'

const minutes = counter('en', { one: 'minute', other: 'minutes' })

/** The page that shows an answer instead of sending it. */
export const answer = {
  title: 'Carry the answer over',
  badge: 'Allowed',
  lead: (seconds: number) =>
    `Paste it on the machine where you started, within ${minutes(Math.round(seconds / 60))}. It is good once.`,
  caution:
    'Paste it nowhere else. Whoever has it and started this instead of you gets into your account: no support, no web page and no chat needs it.',
  paste: 'If the application asks for the address of the browser, or for the code, paste this address',
  pasteWhat: 'the address with the answer',
  command: 'Otherwise run this in another terminal on that machine, while the application waits',
  commandWhat: 'the command',
  done: 'The application goes on by itself. Then you may close this page.',
}
