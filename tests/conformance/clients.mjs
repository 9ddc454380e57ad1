// Drives a running demo server with two FHIR clients that other people wrote: metadata, operations, search, paging, history, later answers, refusals.
// Usage: node clients.mjs http://127.0.0.1:PORT/fhir   Ends with "N passed, N failed".

import { MedplumClient } from '@medplum/core';
import { Client } from 'fhir-kit-client';
import { tally as tallyOf } from './tally.mjs';

const base = process.argv[2];
const tally = tallyOf();
const PATIENTS = ['demo-deteriorating', 'demo-recovering', 'demo-stable'];

async function step(name, act) {
  try {
    await act();
    tally.pass('client', name);
  } catch (error) {
    tally.fail('client', name, [error?.response?.data ? `${error.message} ${JSON.stringify(error.response.data)}` : String(error?.stack ?? error)]);
  }
}

function equal(actual, expected, what) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(actual)} in place of ${JSON.stringify(expected)}`);
}

function truth(condition, what) {
  if (!condition) throw new Error(what);
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const percent = (risk) => risk.prediction[0].probabilityDecimal;

/** What a client finds out by itself: an operation's definition at the canonical that the statement names. */
function definitionOf(statement, type, name) {
  const resource = statement.rest[0].resource.find((r) => r.type === type);
  const operation = resource?.operation?.find((o) => o.name === name);
  truth(operation, `${type}/$${name} is not in the CapabilityStatement`);
  return operation.definition;
}

async function fhirKit() {
  const client = new Client({ baseUrl: base });
  let statement, risk;
  await step('fhir-kit-client: metadata leads to the definition of an operation', async () => {
    statement = await client.capabilityStatement();
    equal([statement.resourceType, statement.fhirVersion], ['CapabilityStatement', '4.0.1'], 'metadata');
    const definition = await client.request(definitionOf(statement, 'Patient', 'assess-risk'));
    equal([definition.resourceType, definition.code, definition.affectsState], ['OperationDefinition', 'assess-risk', true], 'definition');
  });
  await step('fhir-kit-client: an operation on an instance stores what it answers', async () => {
    for (const id of PATIENTS) risk = await client.operation({ name: 'assess-risk', resourceType: 'Patient', id, input: { resourceType: 'Parameters' } });
    equal(risk.resourceType, 'RiskAssessment', 'answer');
    const read = await client.read({ resourceType: 'RiskAssessment', id: risk.id });
    equal(percent(read), percent(risk), 'what is read back');
    equal((await client.vread({ resourceType: 'RiskAssessment', id: risk.id, version: '1' })).meta.versionId, '1', 'vread');
    const { response } = Client.httpFor(read);
    equal(response.headers.get('etag'), `W/"${read.meta.versionId}"`, 'ETag');
  });
  await step('fhir-kit-client: search by GET and POST, page by page, with what points at the matches', async () => {
    const seen = [];
    let bundle = await client.search({ resourceType: 'RiskAssessment', searchParams: { _count: 1, _sort: 'date' } });
    const total = bundle.total;
    while (bundle) {
      seen.push(...(bundle.entry ?? []).map((e) => e.resource.id));
      truth(seen.length <= 1000, 'pages without end');
      bundle = bundle.link.some((l) => l.relation === 'next') ? await client.nextPage({ bundle }) : null;
    }
    equal([seen.length, new Set(seen).size >= PATIENTS.length], [total, true], 'pages');
    const mine = await client.search({ resourceType: 'RiskAssessment', searchParams: { patient: 'demo-stable', _revinclude: 'Provenance:target' }, options: { postSearch: true } });
    truth(mine.entry.some((e) => e.search.mode === 'match' && e.resource.subject.reference === 'Patient/demo-stable'), 'no match');
    truth(mine.entry.some((e) => e.search.mode === 'include' && e.resource.resourceType === 'Provenance'), 'no Provenance');
  });
  await step('fhir-kit-client: history', async () => {
    const history = await client.history({ resourceType: 'RiskAssessment', id: risk.id });
    equal([history.type, history.entry[0].resource.id], ['history', risk.id], 'history');
  });
  await step('fhir-kit-client: an operation that is answered later', async () => {
    const accepted = await client.operation({ name: 'score-all', resourceType: 'Patient', id: 'demo-stable', input: { resourceType: 'Parameters' }, options: { headers: { Prefer: 'respond-async' } } });
    const { response } = Client.httpFor(accepted);
    equal(response.status, 202, 'status');
    const place = response.headers.get('content-location');
    truth(place?.startsWith(`${base}/`), 'Content-Location');
    let bundle;
    for (let i = 0; i < 60 && bundle?.resourceType !== 'Bundle'; i++) {
      await wait(1500);
      bundle = await client.request(place);
    }
    equal([bundle.type, bundle.entry[0].response.status.slice(0, 3), bundle.entry[0].resource.resourceType], ['batch-response', '200', 'Bundle'], 'result');
  });
  await step('fhir-kit-client: refusals are OperationOutcomes', async () => {
    for (const [ask, status] of [
      [() => client.search({ resourceType: 'RiskAssessment', searchParams: { favouriteColour: 'blue' } }), 400],
      [() => client.read({ resourceType: 'RiskAssessment', id: 'none' }), 404],
      [() => client.operation({ name: 'assess-risk', resourceType: 'Patient', id: 'demo-child', input: { resourceType: 'Parameters' } }), 422],
    ]) {
      const error = await ask().then(() => undefined, (e) => e);
      equal([error?.response?.status, error?.response?.data?.resourceType], [status, 'OperationOutcome'], 'refusal');
    }
  });
}

async function medplum() {
  const client = new MedplumClient({ baseUrl: base.replace(/fhir$/, ''), fhirUrlPath: 'fhir', fetch, cacheTime: 0 });
  let risk;
  await step('MedplumClient: metadata leads to the definition of an operation', async () => {
    const statement = await client.get(client.fhirUrl('metadata'));
    const definition = await client.get(definitionOf(statement, 'Patient', 'score-all'));
    equal([definition.resourceType, definition.code], ['OperationDefinition', 'score-all'], 'definition');
  });
  await step('MedplumClient: an operation stores what it answers', async () => {
    risk = await client.post(client.fhirUrl('Patient', 'demo-recovering', '$assess-risk'), { resourceType: 'Parameters' });
    equal(percent(await client.readResource('RiskAssessment', risk.id)), percent(risk), 'what is read back');
    equal((await client.readVersion('RiskAssessment', risk.id, '1')).id, risk.id, 'version');
    equal((await client.readHistory('RiskAssessment', risk.id)).type, 'history', 'history');
  });
  await step('MedplumClient: search and pages', async () => {
    const seen = new Set();
    for await (const page of client.searchResourcePages('RiskAssessment', { _count: '1' })) {
      page.forEach((r) => seen.add(r.id));
      truth(seen.size <= 1000, 'pages without end');
    }
    truth(seen.has(risk.id) && seen.size >= PATIENTS.length, `pages gave ${seen.size}`);
    equal((await client.searchOne('RiskAssessment', { _id: risk.id }))?.id, risk.id, 'searchOne');
  });
  await step('MedplumClient: polls an operation that is answered later', async () => {
    const bundle = await client.post(client.fhirUrl('Patient', 'demo-stable', '$assess-risk'), { resourceType: 'Parameters' }, undefined,
      { headers: { Prefer: 'respond-async' }, pollStatusOnAccepted: true, pollStatusPeriod: 1500 });
    equal([bundle.type, bundle.entry[0].resource.resourceType], ['batch-response', 'RiskAssessment'], 'result');
  });
  await step('MedplumClient: refusals are OperationOutcomes', async () => {
    const error = await client.post(client.fhirUrl('Patient', 'demo-child', '$assess-risk'), { resourceType: 'Parameters' }).then(() => undefined, (e) => e);
    equal(error?.outcome?.resourceType, 'OperationOutcome', 'refusal');
    truth(error.outcome.issue.length > 0, 'no issue');
  });
}

await fhirKit();
await medplum();
process.exit(tally.finish());
