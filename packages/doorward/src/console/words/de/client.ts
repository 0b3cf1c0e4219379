import { type Html, html } from '../../html.ts'
import type { client as english } from '../en/client.ts'
import { counter } from '../plural.ts'

const minutes = counter('de', { one: 'Minute', other: 'Minuten' })

export const client: typeof english = {
  operator: 'Von Ihrem Betreiber registriert',
  user: 'Von Ihnen registriert',
  domain: (address: Html) => html`Von ${address}`,
  statement: (address: Html) => html`Bestätigt durch ${address}`,
  invited: 'Eingeladen, nicht geprüft',
  claimed: 'Ungeprüfte Anwendung',
  noName: 'Sie nennt keinen Namen.',
  called: (name: Html) => html`Sie heißt „${name}“.`,
  calledBy: (address: Html, name: Html) => html`${address} nennt sie „${name}“.`,
  callsItself: (name: Html) => html`Sie nennt sich „${name}“.`,
  nameUnchecked: 'Niemand hat diesen Namen geprüft.',
  briefly: {
    operator: (name?: Html) => html`Eine von Ihrem Betreiber registrierte Anwendung${name && html` („${name}“)`}`,
    user: (name?: Html) => html`Eine von Ihnen registrierte Anwendung${name && html` („${name}“)`}`,
    vouched: (address: Html, name?: Html) => html`${name ? html`„${name}“` : 'Eine Anwendung'} von ${address}`,
    unverified: (name?: Html) => html`Eine ungeprüfte Anwendung${name && html` (sie nennt sich „${name}“)`}`,
  },
  resembles: {
    name: (known: Html) =>
      html`Der Name sieht aus wie der von <strong>${known}</strong>, aber nichts belegt, dass es diese Anwendung ist. Fahren Sie nur fort, wenn Sie wissen, warum.`,
    logo: (known: Html) =>
      html`Das Logo sieht aus wie das von <strong>${known}</strong>, aber nichts belegt, dass es diese Anwendung ist. Fahren Sie nur fort, wenn Sie wissen, warum.`,
  },
  thisComputer: 'Dieser Computer',
  thisComputerCaution:
    'Fahren Sie nur fort, wenn Sie dies gerade selbst in einer Anwendung auf diesem Computer begonnen haben.',
  someApplication: 'Eine Anwendung auf diesem Computer',
  someApplicationCaution: (scheme: Html) =>
    html`Welche Anwendung hier Links mit ${scheme} öffnet, erhält die Antwort. Fahren Sie nur fort, wenn Sie dies gerade selbst dort begonnen haben.`,
  someDevice: 'Das Gerät, das diesen Code zeigt',
  asked: (secondsAgo: number, network: Html, isHere: boolean) =>
    html`Es hat ${ago(secondsAgo)} aus ${network} angefragt, ${isHere ? 'wie dieser Browser' : 'also aus einem anderen Netz als dieser Browser'}.`,
  someDeviceCaution:
    'Vergleichen Sie den Code. Fahren Sie nur fort, wenn Sie dies gerade selbst auf einem eigenen Gerät begonnen haben. Wenn Ihnen jemand den Code oder einen Link geschickt hat, will er an Ihr Konto: Lehnen Sie ab.',
}

function ago(seconds: number): string {
  const passed = Math.floor(seconds / 60)
  return passed < 1 ? 'vor weniger als einer Minute' : `vor ${passed === 1 ? 'einer Minute' : minutes(passed)}`
}
