/** What each fault led to when it was last tried: what a second try finds is what the table tells. */
export class Measured<Fault, Result> {
  readonly #run: (fault: Fault) => Promise<Result>;
  readonly #results = new Map<Fault, Promise<Result>>();

  constructor(run: (fault: Fault) => Promise<Result>) {
    this.#run = run;
  }

  measure(fault: Fault): Promise<Result> {
    const result = this.#run(fault);
    this.#results.set(fault, result);
    return result;
  }

  last(fault: Fault): Promise<Result> {
    return this.#results.get(fault) ?? this.measure(fault);
  }
}
