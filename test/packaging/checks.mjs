/** What was checked and what came of it. */
export class Checks {
  #rows = [];

  /**
   * One check. It fails when `work` does, and the run goes on.
   *
   * @param work may return a note for the table
   * @returns whether it passed
   */
  async check(subject, name, work) {
    const startedAt = performance.now();
    try {
      const note = await work();
      this.#add({ subject, name, result: 'passed', startedAt, note });
      return true;
    } catch (error) {
      this.#add({ subject, name, result: 'FAILED', startedAt, note: 'see above' });
      console.error(`\n${subject}: ${name}\n${error.message}\n`);
      return false;
    }
  }

  /** Something that cannot be checked here, which is nobody's fault. */
  absent(subject, name, note) {
    this.#add({ subject, name, result: 'absent', startedAt: performance.now(), note });
  }

  #add({ startedAt, ...row }) {
    this.#rows.push({ ...row, seconds: ((performance.now() - startedAt) / 1000).toFixed(1) });
    console.log(`${row.result}  ${row.subject}: ${row.name}`);
  }

  print() {
    const count = (result) => this.#rows.filter((row) => row.result === result).length;
    const subjects = [...new Set(this.#rows.map(({ subject }) => subject))];
    const rows = subjects.flatMap((subject) => this.#rows.filter((row) => row.subject === subject));
    const width = (field) => Math.max(...rows.map((row) => row[field].length));
    const [subjectWidth, nameWidth] = [width('subject'), width('name')];
    console.log('');
    for (const { subject, name, result, seconds, note = '' } of rows) {
      const time = `${seconds.padStart(6)} s`;
      console.log(`${subject.padEnd(subjectWidth)}  ${name.padEnd(nameWidth)}  ${result}  ${time}  ${note}`.trimEnd());
    }
    const absent = count('absent') ? `, ${count('absent')} absent` : '';
    console.log(`\n${count('passed')} passed, ${count('FAILED')} failed${absent}`);
  }

  get hasFailed() {
    return this.#rows.some(({ result }) => result === 'FAILED');
  }
}
