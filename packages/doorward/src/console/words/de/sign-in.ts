import { type Html, html } from '../../html.ts'
import type { signIn as english } from '../en/sign-in.ts'

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
  wait: (seconds: number) => `Zu viele Versuche. Warten Sie ${seconds} Sekunden und versuchen Sie es dann noch einmal.`,
  busy: 'Im Augenblick melden sich zu viele Menschen an. Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
}
