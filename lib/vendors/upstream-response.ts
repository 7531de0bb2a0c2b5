/** What `isUnauthorized` gets to see of an API's response. @publicApi */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /**
   * The body as it came, before axios parses it. Of axios's calls alone: `client.fetch` and `authorizationInterceptor` judge
   * a response by its head, and there is none.
   */
  readonly data?: unknown;
}

/** Whether an API's response means that the token is not valid. @publicApi */
export type IsUnauthorized = (response: UpstreamResponse) => boolean;
