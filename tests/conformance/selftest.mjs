// A validator that accepts everything proves nothing: broken resources must be caught by the judge that is named, for the
// reason that is named, and the same resource unbroken must pass all of them.

const good = () => ({
  resourceType: 'RiskAssessment',
  id: 'selftest',
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'AIAST' }] },
  status: 'final',
  code: { text: 'test' },
  subject: { reference: 'Patient/1' },
  encounter: { reference: 'Encounter/1' },
  occurrenceDateTime: '2026-03-02T07:00:00Z',
  performer: { reference: 'http://localhost/fhir/Device/d' },
  basis: [{ reference: 'Observation/1/_history/1' }],
  prediction: [{ outcome: { text: 'test' }, probabilityDecimal: 12.5, whenPeriod: { start: '2026-03-02T07:00:00Z' } }],
});

const broken = [
  ['percentage 120 (ras-2)', 'medplum', /ras-2/, (r) => (r.prediction[0].probabilityDecimal = 120)],
  ['percentage 120 (ras-2)', 'fhirpath', /ras-2/, (r) => (r.prediction[0].probabilityDecimal = 120)],
  ['range that is not in percent (ras-1)', 'medplum', /ras-1/, (r) => {
    delete r.prediction[0].probabilityDecimal;
    r.prediction[0].probabilityRange = { low: { value: 1, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' }, high: { value: 2, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } };
  }],
  ['missing subject', 'medplum', /subject/, (r) => delete r.subject],
  ['missing subject', 'fhir', /subject/, (r) => delete r.subject],
  ['missing status', 'medplum', /status/, (r) => delete r.status],
  ['unknown status', 'fhir', /status|finished/i, (r) => (r.status = 'finished')],
  ['performer is a Patient', 'fhir', /performer/, (r) => (r.performer = { reference: 'Patient/1' })],
  ['period that ends before it starts (per-1)', 'fhirpath', /per-1/, (r) => (r.prediction[0].whenPeriod.end = '2026-03-01T00:00:00Z')],
  ['unknown element', 'medplum', /score/, (r) => (r.score = 1)],
  ['probability as a string', 'medplum', /probability/, (r) => (r.prediction[0].probabilityDecimal = '12.5')],
  ['mitigation as a list, as R5 has it', 'medplum', /mitigation/, (r) => (r.mitigation = ['x'])],
];

const goodReport = () => ({
  resourceType: 'DiagnosticReport',
  id: 'selftest',
  status: 'partial',
  code: { text: 'test' },
  subject: { reference: 'Patient/1' },
  result: [{ reference: 'Observation/1' }],
  media: [{ comment: 'test', link: { reference: 'Media/1' } }],
  presentedForm: [{ contentType: 'text/html', language: 'en', data: 'PGh0bWw+', size: 6 }],
});

const goodFinding = () => ({
  resourceType: 'Observation',
  id: 'selftest',
  status: 'preliminary',
  code: { text: 'test' },
  subject: { reference: 'Patient/1' },
  valueQuantity: { value: 50, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
  device: { reference: 'http://localhost/fhir/Device/d' },
  derivedFrom: [{ reference: 'Media/1' }],
  component: [{ code: { text: 'test' }, valueCodeableConcept: { text: 'test' } }],
});

const goodMedia = () => ({
  resourceType: 'Media',
  id: 'selftest',
  status: 'completed',
  subject: { reference: 'Patient/1' },
  content: { contentType: 'image/png', url: 'http://localhost/fhir/Binary/1', size: 6 },
});

const goodBinary = () => ({ resourceType: 'Binary', id: 'selftest', contentType: 'image/png', securityContext: { reference: 'Patient/1' }, data: 'iVBORw0KGgo=' });

const brokenImaging = [
  [goodReport, 'a report without a code', 'medplum', /code/, (r) => delete r.code],
  [goodReport, 'a report with a status of R5', 'fhir', /status|modified/i, (r) => (r.status = 'modified')],
  [goodReport, 'a Device as performer of a report', 'fhir', /performer/, (r) => (r.performer = [{ reference: 'Device/1' }])],
  [goodReport, 'the size of an attachment as a string, as R5 has it', 'medplum', /size/, (r) => (r.presentedForm[0].size = '6')],
  [goodReport, 'media without a link', 'medplum', /link/, (r) => delete r.media[0].link],
  [goodFinding, 'an unknown status of an Observation', 'fhir', /status/i, (r) => (r.status = 'partial')],
  [goodFinding, 'a component without a code', 'medplum', /code/, (r) => delete r.component[0].code],
  [goodFinding, 'an Observation derived from a Patient', 'fhir', /derivedFrom/, (r) => (r.derivedFrom = [{ reference: 'Patient/1' }])],
  [goodMedia, 'Media without content', 'medplum', /content/, (r) => delete r.content],
  [goodBinary, 'a Binary without a content type', 'medplum', /contentType/, (r) => delete r.contentType],
];

export function selftest(judge, count) {
  for (const validator of ['medplum', 'fhir', 'fhirpath']) {
    const { counted, excused } = judge(validator, good());
    if (counted.length > 0) count.fail(validator, 'self-test: the good RiskAssessment', counted);
    else count.pass(validator, 'self-test: the good RiskAssessment', excused);
  }
  for (const make of [goodReport, goodFinding, goodMedia, goodBinary]) {
    for (const validator of ['medplum', 'fhir', 'fhirpath']) {
      const { counted, excused } = judge(validator, make());
      if (counted.length > 0) count.fail(validator, `self-test: the good ${make().resourceType}`, counted);
      else count.pass(validator, `self-test: the good ${make().resourceType}`, excused);
    }
  }
  for (const [make, name, validator, expected, breakIt] of [...broken.map((b) => [good, ...b]), ...brokenImaging]) {
    const resource = make();
    breakIt(resource);
    const { counted } = judge(validator, resource);
    if (counted.some((finding) => expected.test(finding))) count.pass(validator, `self-test: catches ${name}`);
    else count.fail(validator, `self-test: did not catch ${name}`, counted);
  }
}
