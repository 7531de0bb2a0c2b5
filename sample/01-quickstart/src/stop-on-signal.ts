// Ctrl-C and SIGTERM: stop in good order, then let the process end by itself.

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function stopOnSignal(stop: () => Promise<void>): void {
  let stopping: Promise<void> | undefined;
  const onSignal = (): void => {
    stopping ??= stop();
    // npm may pass a Ctrl-C on as a second signal at once: only one that comes later ends the process the hard way.
    setTimeout(() => SIGNALS.forEach((signal) => process.off(signal, onSignal)), 500).unref();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}
