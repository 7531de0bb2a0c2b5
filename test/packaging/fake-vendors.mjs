// Loaded before an app that speaks to the real vendors (`node --import ./fake-vendors.mjs dist/main.js`): the fakes
// stand in for their hosts, and no other host can be reached. It is copied into the app, and so uses the app's packages.
import http from 'node:http';
import https from 'node:https';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';

const verbit = await FakeVerbit.start();
const sparkfly = await FakeSparkfly.start();

process.env.VERBIT_API_KEY = verbit.apiKey;
process.env.SPARKFLY_IDENTITY = sparkfly.identity;
process.env.SPARKFLY_KEY = sparkfly.key;

const vendors = new Map([
  ['api.verbit.co', verbit],
  ['api-staging.sparkfly.com', sparkfly],
]);

// axios looks `request` up on the module at each call, and ES modules and CommonJS share the module.
https.request = (options, onResponse) => {
  const vendor = vendors.get(options.hostname);
  if (!vendor) throw new Error(`${options.hostname} is not one of the vendors`);
  const { hostname, port } = new URL(vendor.baseURL);
  const plain = { protocol: 'http:', host: hostname, hostname, port, agent: undefined, agents: undefined };
  return http.request(Object.assign({}, options, plain), onResponse);
};
