import { type Html, html } from '../../html.ts'
import type { signIn as english } from '../en/sign-in.ts'
import { counter } from '../plural.ts'

const seconds = counter('de', { one: 'Sekunde', other: 'Sekunden' })

export const signIn: typeof english = {
  title: 'Anmelden',
  email: 'E-Mail',
  password: 'Passwort',
  submit: 'Anmelden',
  someServer: 'einen Server',
  onTheWay: (client: Html, server: Html | string) =>
    html`<p class="soft">${client} möchte ${server} in Ihrem Namen benutzen. Sie entscheiden auf der nächsten Seite.</p>`,
  wrong:
    'Diese E-Mail-Adresse und dieses Passwort gehören nicht zusammen. Prüfen Sie beides und versuchen Sie es noch einmal.',
  wait: (count: number) => `Zu viele Versuche. Warten Sie ${seconds(count)} und versuchen Sie es dann noch einmal.`,
  busy: 'Im Augenblick melden sich zu viele Menschen an. Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
  next: 'Weiter',
  or: 'oder',
  withPasskey: 'Mit einem Passkey anmelden',
  passkeyFailed: 'Das hat nicht geklappt. Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  passkeyAgain: 'Das hat nicht geklappt. Versuchen Sie es noch einmal oder verwenden Sie einen anderen Passkey.',
  passkeyNeeds:
    'Um Sie mit einem Passkey anzumelden, braucht diese Seite JavaScript und einen Browser, der Passkeys kennt.',
  noPasskey: (add: Html) => html`Sie haben noch keinen? ${add} und kommen Sie dann auf diese Seite zurück.`,
  addPasskey: 'Fügen Sie Ihrem Konto einen hinzu',
  withProvider: (name: string) => `Weiter mit ${name}`,
  noWay: 'Mit dieser Adresse kann sich hier niemand anmelden. Prüfen Sie sie oder wählen Sie einen der Wege unten.',
  why: {
    link: 'Jemand hat hier die E-Mail-Adresse des Kontos, das Sie eben benutzt haben. Wenn Sie das sind, melden Sie sich so an wie bisher; danach können Sie beide verknüpfen.',
    again: 'Für den nächsten Schritt ist Ihre Anmeldung zu lange her. Melden Sie sich noch einmal an.',
    passkey: 'Die Anwendung verlangt, dass Sie sich mit einem Passkey anmelden.',
    select: 'Die Anwendung fragt, welches Konto Sie verwenden möchten.',
  },
}
