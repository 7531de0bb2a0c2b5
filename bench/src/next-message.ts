import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process says next. @throws Error when it ends instead */
export async function nextMessage(child: ChildProcess, name: string): Promise<unknown> {
  const heard = new AbortController();
  const { signal } = heard;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${name} ended with ${String(code)}`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown];
    return message;
  } finally {
    heard.abort();
  }
}
