/** The page's URL with another query. Not a relative one: below a URL with user and password, browsers fetch none. */
export const ownUrl = (query: string): string => `${location.origin}${location.pathname}?${query}`;
