import { type Html, html } from '../../html.ts'
import type { adminTrace as english } from '../en/admin-trace.ts'

export const adminTrace: typeof english = {
  title: 'Verbindungsversuche',
  lead: 'Jeder Versuch eines Clients, sich zu verbinden, von der ersten Anfrage bis zum ersten Aufruf. Was gescheitert ist, steht zuerst.',
  none: 'In den letzten zwei Tagen war kein Versuch zu sehen, sich zu verbinden. Sagt eine Anwendung, es sei ihr nicht gelungen, vergleichen Sie die Adresse, die ihr gegeben wurde, mit der des MCP-Servers: Wer dort fragt, wo nichts ist, steht nur bei den Ereignissen, als nothing_here.',
  find: 'Vorgang aus einer Fehlerseite oder Meldung',
  findButton: 'Anzeigen',
  unknownClient: 'ein Client ohne Kennung',
  headings: {
    connected: (client: Html) => html`${client} ist verbunden`,
    issued: (client: Html) => html`${client} hat sein Token`,
    refused: (client: Html) => html`Warum sich ${client} nicht verbinden konnte`,
    silent: (client: Html) => html`Wo ${client} aufgegeben hat`,
    waiting: (client: Html) => html`${client} wartet auf einen Betreiber`,
    running: (client: Html) => html`${client} verbindet sich gerade`,
  },
  outcomes: {
    connected: 'Verbunden',
    issued: 'Hat sein Token',
    refused: 'Abgelehnt',
    silent: 'Abgebrochen',
    waiting: 'Wartet auf Sie',
    running: 'Läuft',
  },
  ended: 'Ausgang',
  stoppedAt: 'Angehalten bei',
  cause: 'Wahrscheinliche Ursache',
  mend: 'Was hilft',
  said: 'Was ihm gesagt wurde',
  reason: 'Grund',
  client: 'Client',
  server: 'MCP-Server',
  person: 'Person',
  began: 'Beginn',
  reference: 'Vorgang',
  copyReference: 'den Vorgang',
  steps: 'Schritt für Schritt',
  allEvents: 'Alle Ereignisse dazu',
  ownRefusal: 'Die Anfrage mit diesem Vorgang wurde abgelehnt',
  noAttempt: 'Dieser Vorgang gehört zu einer einzelnen Anfrage und nicht zu einem Verbindungsversuch.',
  nothing:
    'Unter diesem Vorgang ist nichts gespeichert. Die ältesten Ereignisse werden zuerst vergessen; vergleichen Sie jeden Buchstaben.',
  asked:
    'Jemand hat um diesen Client gebeten, und noch kein Betreiber hat geantwortet. Der Tab dieser Person geht von selbst weiter, sobald es einer tut.',
  askedMend: 'Sehen Sie sich die Anwendung an und lassen Sie sie zu oder sperren Sie sie.',
  issued: {
    cause: 'Dieser MCP-Server prüft Token selbst. Ob der Client ihn aufruft, erfährt man hier nicht.',
    mend: 'Nichts, wenn der Client arbeitet. Sonst sagt das Log jenes Servers, warum nicht: onRefusal von @doorward/resource hört von jeder Ablehnung.',
  },
  states: {
    done: 'erledigt',
    refused: 'abgelehnt',
    waiting: 'wartet',
    unseen: 'nicht gesehen',
    'not-reached': 'nicht erreicht',
  },
  unseen:
    'Ein späterer Schritt wurde erreicht, also ist dieser geschehen: früher, aus einem anderen Netz oder mit dem, was sich der Client gemerkt hatte.',
  stopsHere: 'Hier ging es nicht weiter',
  joins: {
    certain: 'sicher',
    likely: 'wahrscheinlich: gleicher Client, zeitlich nah',
    guess: 'eine Vermutung: gleiches Netz, zeitlich nah',
  },
  joinsExplained:
    'Anfragen vor der Anmeldung und am MCP-Server tragen keinen Vorgang. Wo eine nur über Client, Netz und Zeit zugeordnet ist, steht das daneben.',
  from: 'aus',
  signInRefused: {
    cause:
      'Die Person konnte sich nicht anmelden: falsche Adresse oder falsches Passwort, ein gesperrtes Konto oder zu viele Versuche.',
    mend: 'Lassen Sie es sie mit dem richtigen Passwort noch einmal versuchen, oder sehen Sie unter Personen nach dem Konto.',
  },
  unknownReason: {
    cause: 'Der Client wurde abgelehnt; das Ereignis nennt den Grund.',
    mend: 'Sehen Sie sich die Ereignisse unten an.',
  },
  names: {
    challenge: 'Erster Aufruf ohne Token',
    'resource-metadata': 'Metadaten des MCP-Servers',
    'server-metadata': 'Metadaten dieses Servers',
    registration: 'Registrierung oder Metadaten-Dokument',
    authorize: 'Autorisierungsanfrage',
    'sign-in': 'Anmeldung',
    consent: 'Zustimmung',
    token: 'Token',
    call: 'Erster Aufruf',
  },
  meanings: {
    challenge: 'Der Client ruft den MCP-Server auf, und die Antwort 401 sagt ihm, wo es weitergeht.',
    'resource-metadata': 'Er liest, welcher Autorisierungsserver zum MCP-Server gehört.',
    'server-metadata': 'Er liest die Adressen und Fähigkeiten dieses Autorisierungsservers.',
    registration: 'Er registriert sich, oder dieser Server holt das Dokument, auf das seine Kennung zeigt.',
    authorize: 'Er schickt den Browser der Person mit seinem Anliegen hierher.',
    'sign-in': 'Die Person sagt, wer sie ist.',
    consent: 'Die Person wird gefragt, und die Antwort geht mit einem Code an den Client zurück.',
    token: 'Der Client tauscht den Code gegen ein Token.',
    call: 'Der Client ruft den MCP-Server mit seinem Token auf.',
  },
  silence: {
    challenge: {
      cause:
        'Dem Client wurde gesagt, wo es weitergeht (WWW-Authenticate), und er ist dem nicht gefolgt. Vielleicht spricht er kein OAuth, erwartet einen festen Schlüssel, oder ein Proxy hat den Header entfernt.',
      mend: 'Prüfen Sie, ob der Client die Anmeldung bei MCP-Servern unterstützt und kein Proxy WWW-Authenticate entfernt. Manche Clients warten auf einen Klick auf „Verbinden“.',
    },
    'resource-metadata': {
      cause:
        'Der Client weiß, dass dieser Autorisierungsserver zuständig ist, und hat dessen Metadaten nie gelesen. Vielleicht hat der Aussteller von außen eine andere Adresse, oder eine Firewall steht dazwischen.',
      mend: 'Öffnen Sie /.well-known/oauth-authorization-server des Ausstellers von dort, wo der Client läuft. Gehostete Clients kommen aus dem Internet, manche nur über Port 443.',
    },
    'server-metadata': {
      cause:
        'Der Client hat die Metadaten gelesen und kam nie mit einer Kennung: Vielleicht fand er hier nichts, was er kann, wartet auf eine eingetippte Client-ID oder benutzt noch eine alte.',
      mend: 'Suchen Sie im Client nach einem Feld „Client-ID“; ein Betreiber kann eine für ihn registrieren. Starten Sie ihn neu, damit er vergisst, was er vorher gelesen hat.',
    },
    registration: {
      cause:
        'Der Client ist registriert und hat nie jemanden hierher geschickt. Meist hat sich der Browser nicht geöffnet, ein Pop-up wurde blockiert, oder das Programm läuft, wo kein Browser ist.',
      mend: 'Suchen Sie nach einem Link, den der Client ausgegeben hat, und öffnen Sie ihn von Hand. Verbinden Sie dann noch einmal.',
    },
    authorize: {
      cause: 'Die Person kam bis zur Anmeldung oder zur Frage und nicht weiter.',
      mend: 'Fragen Sie die Person. Kann sie sich nicht anmelden, sehen Sie unter Personen nach ihrem Konto; blieb die Seite leer, hilft vielleicht ein anderer Browser.',
    },
    'sign-in': {
      cause:
        'Die Person hat sich angemeldet und die Frage nicht beantwortet. Der Tab wurde geschlossen oder die Seite für später stehen gelassen.',
      mend: 'Verbinden Sie noch einmal vom Client aus und antworten Sie innerhalb von zehn Minuten.',
    },
    consent: {
      cause:
        'Die Person hat zugestimmt, der Code ging an den Client, und der Client hat ihn nie eingetauscht. Vielleicht lauscht er nicht mehr oder an einem anderen Port, eine Firewall versperrt ihm den Weg zu /token, oder er hat der Antwort nicht getraut.',
      mend: 'Verbinden Sie noch einmal und achten Sie darauf, wo der Browser endet: Eine Fehlerseite dort nennt die Adresse, an der niemand antwortet. Prüfen Sie, ob der Client den Token-Endpunkt erreicht.',
    },
    token: {
      cause:
        'Der Client hat ein Token und nie damit aufgerufen. Vielleicht ruft er eine andere Adresse auf als den MCP-Server des Tokens, oder der MCP-Server steht nicht hinter diesem Gateway und meldet hier nichts.',
      mend: 'Vergleichen Sie die Adresse im Client Buchstabe für Buchstabe mit dem MCP-Server oben. Steht dieser Server woanders, sehen Sie in sein eigenes Protokoll.',
    },
    call: {
      cause: 'Es fehlt nichts.',
      mend: 'Es ist nichts zu tun.',
    },
  },
  elsewhere: {
    cause: (host: string, issuer: string) =>
      `Der Client kam zu ${host}, der Aussteller ist aber ${issuer}. Was dieser Server über sich sagt, nennt ${issuer}, und ein Client darf nicht weitermachen, wenn das nicht die Adresse ist, die er aufgerufen hat (RFC 9728 §3.3).`,
    guess: (host: string, issuer: string) =>
      `Aus demselben Netz kam bis zu eine Stunde vorher jemand zu ${host}, vielleicht dieser Client; der Aussteller ist aber ${issuer}. Ein Client, der über eine andere Adresse kommt, darf nicht weitermachen (RFC 9728 §3.3).`,
    or: 'Oder:',
    mend: (host: string, issuer: string) =>
      `Sollen Clients zu ${host} kommen, machen Sie das zum Aussteller (DOORWARD_ISSUER oder „issuer“ in der Konfiguration), mit https:// davor, wo sie es benutzen. Sonst geben Sie dem Client die Adresse, die mit ${issuer} beginnt.`,
  },
  endings: {
    client_blocked: {
      cause: 'Ein Betreiber hat den Client gesperrt; damit endeten seine Verbindungen.',
      mend: 'Darf er wiederkommen, heben Sie die Sperre auf (doorward client unblock). Verbinden Sie dann noch einmal.',
    },
    client_removed: {
      cause:
        'Der Client wurde entfernt, von einem Betreiber, von der Person, der er gehört, oder von sich selbst; damit endeten seine Verbindungen.',
      mend: 'Verbinden Sie noch einmal; ein Client, der sich selbst registriert, tut es neu. Ereignisse der Art client.removed sagen, wer es war.',
    },
    client_revoked: {
      cause:
        'Der Client selbst hat die Verbindung zurückgegeben, wie es Clients tun, wenn sich jemand in ihnen abmeldet oder sie trennt.',
      mend: 'Verbinden Sie noch einmal vom Client aus.',
    },
    groups_changed: {
      cause:
        'Die Gruppen der Person haben sich geändert, oder was die Konfiguration über Gruppen sagt, und von der Verbindung blieb nichts übrig.',
      mend: 'Nehmen Sie die Person in eine Gruppe auf, die den MCP-Server benutzen darf (doorward user groups). Verbinden Sie dann noch einmal.',
    },
    operator_revoked: {
      cause: 'Ein Betreiber hat die Verbindung beendet.',
      mend: 'Ereignisse der Art grant.revoked sagen, wer es war. Verbinden Sie dann noch einmal.',
    },
    parent_narrowed: {
      cause: 'Das Token kam durch einen Tausch aus einer anderen Verbindung, und die darf jetzt weniger.',
      mend: 'Tauschen Sie das Token neu ein; es bekommt, was übrig ist.',
    },
    parent_revoked: {
      cause: 'Das Token kam durch einen Tausch aus einer anderen Verbindung, und die ist beendet.',
      mend: 'Stellen Sie die andere wieder her und tauschen Sie ihr Token neu ein. Warum sie endete, sagt doorward grant list --all.',
    },
    person_disconnected: {
      cause: 'Die Person hat die Verbindung auf der Seite ihres Kontos beendet.',
      mend: 'Fragen Sie die Person. Will sie sie zurück, verbinden Sie noch einmal vom Client aus.',
    },
    restored: {
      cause: 'Die Datenbank wurde aus einer Sicherung zurückgeholt; damit endet jede Verbindung.',
      mend: 'Verbinden Sie noch einmal; alle müssen das. Was doorward restore --keep-grants zurückholt, bleibt verbunden.',
    },
    rule_denies: {
      cause: 'Eine Regel kam hinzu, die den Client fernhält; damit endeten seine Verbindungen.',
      mend: 'Sehen Sie sich die Regeln an (doorward rule list). Sobald ihn keine mehr fernhält, verbinden Sie noch einmal.',
    },
    upstream_changed: {
      cause: 'Hinter der Adresse steht jetzt ein anderer MCP-Server; was für den vorigen erlaubt war, ist beendet.',
      mend: 'Verbinden Sie noch einmal.',
    },
    user_disabled: {
      cause: 'Das Konto der Person wurde gesperrt; damit endeten ihre Verbindungen.',
      mend: 'Darf sie wiederkommen, geben Sie das Konto frei (doorward user enable). Verbinden Sie dann noch einmal.',
    },
  },
}
