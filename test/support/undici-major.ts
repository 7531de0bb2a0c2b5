/** Which undici a run is for: `TEST_UNDICI=8`, or the one that is installed as `undici`. */
export const UNDICI_MAJOR = Number(process.env.TEST_UNDICI ?? 7);

const nodeMajor = Number(process.versions.node.split('.')[0]);

/** Node's own `fetch` brings handlers of undici 7 before Node 26, which the dispatchers of undici 8 refuse. */
export const nodeFetchTakesDispatchers = UNDICI_MAJOR === 7 || nodeMajor >= 26;
