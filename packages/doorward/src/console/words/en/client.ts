import { type Html, html } from '../../html.ts'
import { counter } from '../plural.ts'

const minutes = counter('en', { one: 'minute', other: 'minutes' })

/** What is known of an application, and where its answer goes. */
export const client = {
  operator: 'Registered by your operator',
  user: 'Registered by you',
  domain: (address: Html) => html`From ${address}`,
  statement: (address: Html) => html`Vouched for by ${address}`,
  invited: 'Invited, not verified',
  claimed: 'Unverified application',
  noName: 'It gives no name.',
  called: (name: Html) => html`It is called “${name}”.`,
  calledBy: (address: Html, name: Html) => html`${address} calls it “${name}”.`,
  callsItself: (name: Html) => html`It calls itself “${name}”.`,
  nameUnchecked: 'Nobody has checked that name.',
  /** Stands in a sentence, and alone as a heading. */
  briefly: {
    operator: (name?: Html) => html`An application that your operator registered${name && html` (“${name}”)`}`,
    user: (name?: Html) => html`An application that you registered${name && html` (“${name}”)`}`,
    vouched: (address: Html, name?: Html) => html`${name ? html`“${name}”` : 'An application'} of ${address}`,
    unverified: (name?: Html) => html`An unverified application${name && html` that calls itself “${name}”`}`,
  },
  resembles: {
    name: (known: Html) =>
      html`The name looks like that of <strong>${known}</strong>, but nothing shows that this is it. Do not continue unless you know why.`,
    logo: (known: Html) =>
      html`The logo looks like that of <strong>${known}</strong>, but nothing shows that this is it. Do not continue unless you know why.`,
  },
  thisComputer: 'This computer',
  thisComputerCaution: 'Continue only if you just started this from an application on this computer.',
  someApplication: 'An application on this computer',
  someApplicationCaution: (scheme: Html) =>
    html`Whichever application opens ${scheme} links here gets it. Continue only if you just started this from there.`,
  someDevice: 'The device that shows this code',
  asked: (secondsAgo: number, network: Html, isHere: boolean) =>
    html`It asked ${ago(secondsAgo)} from ${network}, ${isHere ? 'like this browser' : 'another network than this browser’s'}.`,
  someDeviceCaution:
    'Compare the code. Go on only if you started this yourself, just now, on a device of your own. If somebody sent you the code or a link, they are after your account: deny.',
}

function ago(seconds: number): string {
  const passed = Math.floor(seconds / 60)
  if (passed < 1) return 'less than a minute ago'
  return passed === 1 ? 'a minute ago' : `${minutes(passed)} ago`
}
