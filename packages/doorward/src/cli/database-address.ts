/** Whether a database is a PostgreSQL elsewhere, and not a file here. */
export function isPostgres(database: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(database)
}

/**
 * The address as it may be printed: without its password. Where several hosts stand in it, or a sign that nobody escaped, it is no URL;
 * rather too much of it is left out than too little.
 */
export function shownDatabase(database: string): string {
  if (!isPostgres(database)) return database
  return database.replace(/^([^:/]+:\/\/[^:/?#@]*):.*@/, '$1:***@').replace(/([?&]password=)[^&#]*/gi, '$1***')
}
