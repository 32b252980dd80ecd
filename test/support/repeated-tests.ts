import type { Reporter, TestCase } from 'vitest/node';

/** Says at the end which tests have failed at first, and have passed when they were run once more: see `vitest.config.ts`. */
export default class RepeatedTests implements Reporter {
  readonly #names: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky !== true) return;
    const { errors = [] } = test.result();
    const [error] = errors;
    this.#names.push(`${test.module.relativeModuleId} > ${test.fullName}: ${error?.message ?? ''}`);
  }

  onTestRunEnd(): void {
    if (this.#names.length === 0) return;
    process.stdout.write(
      `\nFailed at first, and passed when they were run again:\n  ${this.#names.join('\n  ')}\n`,
    );
  }
}
