import { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { pathOf, withoutQuery } from './without-query.js';

/**
 * The same bytes from a stream that knows nothing of the request, with what Node tells of a response.
 *
 * @param redacted takes out of an error what the caller must not see
 */
export function detachedAnswer(body: Readable, redacted: (error: Error) => unknown): Readable {
  const copy = new PassThrough();
  // The answer of Node itself tells no error when nobody listens; this one would end the process.
  copy.on('error', () => {});
  body.once('error', (error) => copy.destroy(redacted(error) as Error));
  body.once('close', () => {
    if (!body.readableEnded) copy.destroy(new Error('The answer ended before it was complete'));
  });
  if (body instanceof IncomingMessage) tellFacts(body, copy);
  // Nobody wants the rest: the connection is free for others.
  copy.once('close', () => body.destroy());
  return body.pipe(copy);
}

/** Some are known at the end alone. */
function tellFacts(from: IncomingMessage & { responseUrl?: string }, to: PassThrough): void {
  const { httpVersion, httpVersionMajor, httpVersionMinor, statusCode, statusMessage, headers, rawHeaders } = from;
  const responseUrl = from.responseUrl === undefined ? undefined : withoutQuery(from.responseUrl);
  const { complete, trailers, rawTrailers } = from;
  Object.assign(to, {
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    statusCode,
    statusMessage,
    headers,
    rawHeaders,
  });
  Object.assign(to, { responseUrl, complete, trailers, rawTrailers, aborted: false });
  // Where the `form-data` package finds the name of the file.
  Object.assign(to, { client: { _httpMessage: { path: responseUrl === undefined ? '' : pathOf(responseUrl) } } });
  from.once('end', () => {
    const { complete: isComplete, trailers: last, rawTrailers: rawLast } = from;
    Object.assign(to, { complete: isComplete, trailers: last, rawTrailers: rawLast });
  });
  // Not before the copy has its error, which Node's own has by then: whoever waits for its end is told of that one.
  from.once('error', () => {
    if (!from.destroyed || from.complete) return;
    Object.assign(to, { aborted: true });
    to.emit('aborted');
  });
}
