// A terminal's keys, one at a time; and Ctrl-C, which is a key as well then.

const CTRL_C = '\u0003';

/** @returns a function that gives the terminal back */
export function onKeys(actions: Readonly<Record<string, () => void>>, end: () => void): () => void {
  const { stdin } = process;
  const onKey = (key: Buffer): void => {
    const pressed = key.toString();
    if (pressed === CTRL_C || pressed === 'q') end();
    else actions[pressed]?.();
  };
  stdin.setRawMode(true);
  stdin.on('data', onKey);
  return () => {
    stdin.off('data', onKey);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
