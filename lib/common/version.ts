/** The package's version, for the `User-Agent` of token requests; a test holds it equal to package.json's. */
export const VERSION = '0.1.0';
