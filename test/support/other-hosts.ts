/** Where a vendor at `vendor.localhost` is reached as well, each of them another origin. `PORT` is its port. */
export const otherHosts: [string, string][] = [
  ['a dot at the end', 'vendor.localhost.:PORT'],
  ['an encoded look-alike suffix', 'vendor.localhost%2Eevil.localhost:PORT'],
  ['a look-alike prefix', 'evil-vendor.localhost:PORT'],
  ['a look-alike letter', 'v\u0435ndor.localhost:PORT'],
  ['its address', '127.0.0.1:PORT'],
  ['its address as a number', '2130706433:PORT'],
  ['its address in IPv6', '[::ffff:127.0.0.1]:PORT'],
  ['another name of it', 'localhost:PORT'],
];

/** The same. */
export const otherUserInfo: typeof otherHosts = [
  ['user info that looks like the host', 'vendor.localhost:PORT@evil.localhost:PORT'],
  ['user info that ends in an encoded slash', 'vendor.localhost:PORT%2F@evil.localhost:PORT'],
];
