import type { device as english } from '../en/device.ts'
import { counter } from '../plural.ts'

const seconds = counter('de', { one: 'Sekunde', other: 'Sekunden' })

export const device: typeof english = {
  title: 'Gerät verbinden',
  lead: 'Ein Programm ohne Browser zeigt Ihnen einen Code. Geben Sie ihn hier ein; Sie entscheiden auf der nächsten Seite.',
  code: 'Code auf dem Gerät',
  warning:
    'Geben Sie nur einen Code ein, den Sie auf einem eigenen Gerät sehen. Niemand hat einen guten Grund, Ihnen einen zu schicken.',
  submit: 'Weiter',
  malformed: 'Ein Code hat acht Konsonanten und keine Ziffern. Sehen Sie noch einmal auf Ihr Gerät.',
  unknown:
    'Kein Gerät wartet mit diesem Code. Vergleichen Sie ihn mit Ihrem Gerät; nach zehn Minuten zeigt es einen anderen.',
  answered:
    'Dieser Code wurde schon beantwortet. Sehen Sie auf Ihr Gerät; wenn es noch wartet, beginnen Sie dort von vorn.',
  wait: (count: number) =>
    `Es wurden zu viele Codes versucht. Warten Sie ${seconds(count)} und versuchen Sie es dann noch einmal.`,
  denied: 'Abgelehnt',
  deniedHeading: 'Das Gerät erhält keinen Zugriff',
  deniedHint:
    'Sie können diese Seite schließen. Hat Ihnen jemand den Code geschickt? Sagen Sie es den Betreibern dieses Servers.',
  approved: 'Erlaubt',
  approvedHeading: 'Kehren Sie zu Ihrem Gerät zurück',
  approvedHint: 'Dort geht es in wenigen Sekunden von selbst weiter. Sie können diese Seite schließen.',
}
