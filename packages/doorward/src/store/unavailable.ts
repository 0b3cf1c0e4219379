/**
 * Thrown by every verb where the database cannot be asked, or where nobody can know whether it heard: it is down, full, or too
 * much waits for it. Whoever asked may ask again; verbs judge anew, so that nothing is done twice.
 */
export class StoreUnavailable extends Error {}

/** The same of one that is kept shut, and says what to do: it does not open by itself. */
export class StoreClosed extends StoreUnavailable {}

/** The same of one that can only be read, and says what to do: nobody else knows a cause that could be asked for it. */
export class StoreReadOnly extends StoreUnavailable {}
