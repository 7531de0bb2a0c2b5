/** A copy that inherits nothing: a field that is left out must not be read from a polluted `Object.prototype`. */
export const withoutPrototype = <T extends object>(own: T): T => Object.assign(Object.create(null) as T, own);
