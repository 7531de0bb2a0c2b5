// What a replica is told by its environment; the names are this app's own.

const read = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
};

export const environment = () => ({
  redisUrl: read('REDIS_URL'),
  /** 32 bytes in base64: tokens lie in Redis encrypted. */
  tokenKey: read('TOKEN_KEY'),
  sparkfly: {
    baseURL: read('SPARKFLY_BASE_URL'),
    identity: read('SPARKFLY_IDENTITY'),
    key: read('SPARKFLY_KEY'),
  },
  /** Which replica this is: only for the demo, which shows who calls. */
  replica: read('REPLICA'),
});
