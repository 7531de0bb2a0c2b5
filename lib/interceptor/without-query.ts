/** Through a proxy a request names its whole URL where else its path stands. */
export const pathOf = (sent: string): string => withoutQuery(sent.replace(/^https?:\/\/[^/?]*/i, ''));

/** A key can stand in a query. */
export const withoutQuery = (path: string): string => path.replace(/\?.*$/s, '');
