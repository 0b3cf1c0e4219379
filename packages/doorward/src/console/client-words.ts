import { address, claimed, type Html, html, isolated } from './html.ts'
import { CAUTION, CHECKED } from './icons.ts'
import type { ClientView, DestinationView, DeviceView } from './views.ts'

/** What is known of an application, in a few words. It stands before everything that the application says of itself. */
export function knownOf({ assurance, vouchedBy }: ClientView): Html {
  const good = (words: string | Html) => html`<p class="badge good">${CHECKED}<span>${words}</span></p>`
  switch (assurance) {
    case 'operator':
      return good('Registered by your operator')
    case 'user':
      return good('Registered by you')
    case 'domain':
      return good(html`From ${address(vouchedBy ?? '')}`)
    case 'statement':
      return good(html`Vouched for by ${address(vouchedBy ?? '')}`)
    case 'invited':
      return html`<p class="badge warn">${CAUTION}<span>Invited, not verified</span></p>`
    case 'claimed':
      return html`<p class="badge warn">${CAUTION}<span>Unverified application</span></p>`
    default:
      return assurance satisfies never
  }
}

/** What it calls itself, and how much that is worth. */
export function nameOf(client: ClientView): Html {
  const { assurance, claimedName, vouchedBy, logo } = client
  if (claimedName === undefined) return html`<p>It gives no name.</p>`
  const picture = logo !== undefined && html`<img class="logo" src="${logo}" alt="" width="32" height="32">`
  switch (assurance) {
    case 'operator':
    case 'user':
      return html`<p>${picture}It is called “${claimed(claimedName)}”.</p>`
    case 'domain':
      return html`<p>${picture}${address(vouchedBy ?? '')} calls it “${claimed(claimedName)}”.</p>`
    case 'statement':
      return html`<p>${picture}It is called “${claimed(claimedName)}”.</p>`
    default:
      return html`<p>It calls itself “${claimed(claimedName)}”. <span class="soft">Nobody has checked that name.</span></p>`
  }
}

/** The same in half a sentence, for a page that asks something else. */
export function briefly({ assurance, claimedName, vouchedBy }: ClientView): Html {
  const name = claimedName !== undefined && html`“${claimed(claimedName, 60)}”`
  switch (assurance) {
    case 'operator':
      return html`An application that your operator registered${name && html`, ${name},`}`
    case 'user':
      return html`An application that you registered${name && html`, ${name},`}`
    case 'domain':
    case 'statement':
      return html`${name || 'An application'} of ${address(vouchedBy ?? '')}`
    default:
      return html`An unverified application${name && html` that calls itself ${name}`}`
  }
}

/** Said aloud where a name or a logo looks like that of a client which people know. */
export function warningOf({ resembles }: ClientView): Html | false {
  return (
    resembles !== undefined &&
    caution(
      html`The ${resembles.by} looks like that of <strong>${isolated(resembles.name)}</strong>, but nothing shows that this is it. Do not continue unless you know why.`,
    )
  )
}

export function caution(words: string | Html): Html {
  return html`<div class="note warn">${CAUTION}<span>${words}</span></div>`
}

/** Where the answer goes, and what to make of that. */
export function whereTo(destination: DestinationView): Html {
  const { kind, shown } = destination
  switch (kind) {
    case 'https':
      return html`<strong>${address(shown)}</strong>`
    case 'loopback':
      return html`<strong>This computer</strong><span class="line">${address(shown)}</span>${caution('Continue only if you just started this from an application on this computer.')}`
    case 'private-use':
      return html`<strong>An application on this computer</strong><span class="line">${address(shown)}</span>${caution(html`Whichever application opens ${address(`${shown.slice(0, shown.indexOf(':'))}:`)} links here gets it. Continue only if you just started this from there.`)}`
    case 'device':
      return onDevice(destination)
    default:
      return kind satisfies never
  }
}

/** RFC 8628 §3.3.1, §5.4: the person compares the code, and is told how somebody else would misuse theirs. */
function onDevice({ shown, network, isHere, secondsAgo }: DeviceView): Html {
  return html`<strong>The device that shows this code</strong><span class="line code">${shown}</span>
<span class="line small soft">It asked ${ago(secondsAgo)} from ${address(network)}, ${isHere ? 'like this browser' : 'another network than this browser’s'}.</span>${caution('Compare the code. Go on only if you started this yourself, just now, on a device of your own. If somebody sent you the code or a link, they are after your account: deny.')}`
}

function ago(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1) return 'less than a minute ago'
  return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}
