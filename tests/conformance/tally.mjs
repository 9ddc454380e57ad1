// One line per verdict and a last line that sums them up.

/** @param {boolean} brief says only what failed, and how many of each validator passed */
export function tally(brief = false) {
  let failed = 0;
  const passed = new Map();
  const sum = () => [...passed.values()].reduce((a, b) => a + b, 0);
  return {
    pass(validator, name, excused = []) {
      passed.set(validator, (passed.get(validator) ?? 0) + 1);
      if (!brief) console.log(`PASS ${validator.padEnd(8)} ${name}${excused.length ? ` (${excused.length} known false alarm${excused.length === 1 ? '' : 's'})` : ''}`);
    },
    /** Several verdicts under one name. */
    passAll(validator, name, times) {
      passed.set(validator, (passed.get(validator) ?? 0) + times);
      if (!brief) console.log(`PASS ${validator.padEnd(8)} ${name}`);
    },
    fail(validator, name, findings) {
      failed++;
      console.log(`FAIL ${validator.padEnd(8)} ${name}`);
      for (const finding of findings.slice(0, 20)) console.log(`       ${finding}`);
    },
    finish() {
      if (brief) for (const [validator, times] of passed) console.log(`PASS ${validator.padEnd(8)} ${times}`);
      console.log(`${sum()} passed, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    },
  };
}
