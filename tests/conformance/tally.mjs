// One line per verdict and a last line that sums them up.

export function tally() {
  let passed = 0;
  let failed = 0;
  return {
    pass(validator, name, excused = []) {
      passed++;
      console.log(`PASS ${validator.padEnd(8)} ${name}${excused.length ? ` (${excused.length} known false alarm${excused.length === 1 ? '' : 's'})` : ''}`);
    },
    fail(validator, name, findings) {
      failed++;
      console.log(`FAIL ${validator.padEnd(8)} ${name}`);
      for (const finding of findings.slice(0, 20)) console.log(`       ${finding}`);
    },
    finish() {
      console.log(`${passed} passed, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    },
  };
}
