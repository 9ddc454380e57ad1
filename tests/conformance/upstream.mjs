// MedAI beside a hospital's FHIR server that shares no code with it (hospital.mjs): patients read there as a SMART backend service, results written back there, nothing lost when
// either of the two goes away. Usage: node upstream.mjs PATH/TO/MedAI.Fhir.dll   Ends with "N passed, N failed".

import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { Hospital } from './hospital.mjs';
import { tally as tallyOf } from './tally.mjs';

const tally = tallyOf();
const program = process.argv[2];
const samples = new URL('../../samples/', import.meta.url);
const sample = (path) => JSON.parse(readFileSync(new URL(path, samples)));
/** A patient's samples, as far as a search by date finds them: an Observation whose only time is that of its report has no date. */
const patientOf = (name) => {
  const bundle = sample(`patients/${name}.json`);
  return { ...bundle, entry: bundle.entry.filter(({ resource: r }) => r.resourceType !== 'Observation' || r.effectiveDateTime || r.effectivePeriod) };
};
const asOf = sample('samples.json').asOf;
const PATIENTS = ['demo-odd-units', 'demo-stable', 'demo-dirty'];
const SCOPES = ['system/*.rs', 'system/RiskAssessment.c', 'system/Provenance.c'];

const folder = mkdtempSync(join(tmpdir(), 'medai-upstream-'));
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function step(name, act) {
  try {
    await act();
    tally.pass('upstream', name);
  } catch (error) {
    tally.fail('upstream', name, [String(error?.stack ?? error)]);
  }
}

function equal(actual, expected, what) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(actual)} in place of ${JSON.stringify(expected)}`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** MedAI as its own process. */
class MedAI {
  constructor(port, settings) {
    this.base = `http://127.0.0.1:${port}`;
    this.output = '';
    this.settings = [program, '--data', join(folder, 'store'), '--urls', this.base, ...settings];
  }

  async start() {
    this.process = spawn('dotnet', this.settings, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => (this.output += text));
    this.ended = new Promise((resolve) => this.process.once('exit', resolve));
    for (let i = 0; i < 480; i++) {
      if (this.process.exitCode !== null) break;
      if (await fetch(`${this.base}/health/ready`).then((r) => r.ok, () => false)) return;
      await wait(250);
    }
    throw new Error(`MedAI does not start: ${this.output.slice(-2000)}`);
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  async post(path, body, headers = {}) {
    const response = await fetch(`${this.base}/fhir/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/fhir+json', ...headers }, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, body: await response.json().catch(() => null) };
  }

  /** A risk, or what is wrong with the answer. */
  async assess(path, ...parameters) {
    const parameter = [{ name: 'model', valueString: 'icu-mortality' }, { name: 'asOf', valueDateTime: asOf }, ...parameters];
    const { status, body } = await this.post(`${path}$assess-risk`, { resourceType: 'Parameters', parameter });
    equal([status, body?.resourceType], [200, 'RiskAssessment'], JSON.stringify(body)?.slice(0, 500));
    return body;
  }
}

/** The samples of one patient as a hospital would take them over: under ids of its own. */
function transactionOf(bundle) {
  const urns = new Map(bundle.entry.map((e) => [`${e.resource.resourceType}/${e.resource.id}`, `urn:uuid:${randomUUID()}`]));
  const relate = (node) => {
    if (Array.isArray(node)) return node.map(relate);
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, name === 'reference' && urns.has(value) ? urns.get(value) : relate(value)]));
  };
  const entry = bundle.entry.map((e) => {
    const { id, ...resource } = relate(e.resource);
    return { fullUrl: urns.get(`${resource.resourceType}/${id}`), resource, request: { method: 'POST', url: resource.resourceType } };
  });
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const keyFile = join(folder, 'backend.pem');
writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
const client = { id: 'medai', scopes: SCOPES, keys: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'backend-1', alg: 'ES384', use: 'sig' }] } };
const hospital = new Hospital(await freePort(), client);
const medai = new MedAI(await freePort(), [
  '--Outbound:LoopbackHttp', 'true', '--Outbound:Origins:0:Origin', hospital.origin, '--Outbound:Origins:0:Uses:0', 'Fhir', '--Outbound:Origins:0:Uses:1', 'Token', '--Outbound:Origins:0:Internal', 'true',
  '--Outbound:BreakMilliseconds', '500', '--Upstream:Base', hospital.base, '--Upstream:ClientId', client.id, '--Upstream:KeyFile', keyFile, '--Upstream:KeyId', 'backend-1',
  '--Upstream:Scope', SCOPES.join(' '), '--Upstream:FetchMilliseconds', '60000', '--MedAI:DeadlineMilliseconds', '60000', '--WriteBack:DeadlineMilliseconds', '60000',
  '--WriteBack:Mode', 'Fhir', '--WriteBack:RetrySeconds', '1', '--WriteBack:LongestPauseSeconds', '1',
]);

/** Ids that the hospital gave, by sample. */
const ids = {};
const kept = async (type, query = '') => ((await hospital.ask('GET', `${type}?_count=100${query}`)).entry ?? []).map((e) => e.resource);

/** The copies of a patient's results, once there are as many as expected and each has its Provenance. */
async function arrived(patient, count) {
  let risks, origins;
  for (let i = 0; i < 160; i++) {
    risks = await kept('RiskAssessment', `&subject=Patient/${patient}`);
    origins = (await kept('Provenance')).filter((p) => risks.some((r) => p.target.some((t) => t.reference.startsWith(`RiskAssessment/${r.id}`))));
    if (risks.length >= count && origins.length >= count) break;
    await wait(250);
  }
  equal([risks.length, origins.length], [count, count], `RiskAssessments and Provenances of ${patient}`);
  return { risks, origins };
}

/** Whatever is going to be written a second time is written by then. */
const settle = () => wait(2500);

/** A reference of a copy, as somebody reads it at the hospital. */
const follow = (reference) => hospital.ask('GET', reference);

async function token(key, claims = {}) {
  const assertion = typeof claims === 'string' ? claims : await new SignJWT({ sub: client.id, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES384', kid: 'backend-1' }).setIssuer(client.id).setAudience(hospital.tokenEndpoint).setExpirationTime('4m').sign(key);
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: SCOPES.join(' '), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion });
  return { assertion, status: (await fetch(hospital.tokenEndpoint, { method: 'POST', body })).status };
}

async function checks() {
  await step('the hospital opens nothing without a token, and gives none for a foreign key or a used assertion', async () => {
    await hospital.start();
    equal((await fetch(`${hospital.base}/Patient`)).status, 401, 'without a token');
    equal((await token(stranger.privateKey)).status, 401, 'foreign key');
    const first = await token(privateKey);
    equal([first.status, (await token(null, first.assertion)).status], [200, 401], 'the same assertion again');
    hospital.counts.tokens = 0;
  });
  await step('the hospital takes over the sample patients by transaction', async () => {
    for (const name of PATIENTS) {
      const bundle = patientOf(name);
      const taken = await hospital.ask('POST', '', transactionOf(bundle));
      equal(taken.entry.filter((e) => e.response.status === '201').length, bundle.entry.length, name);
      ids[name] = taken.entry.find((e) => e.resource.resourceType === 'Patient').resource.id;
    }
  });
  await medai.start();

  const risks = {};
  await step('$assess-risk reads a patient of the hospital, over pages, and gives what the same data give as a Bundle', async () => {
    for (const name of PATIENTS) {
      risks[name] = await medai.assess(`Patient/${ids[name]}/`);
      const posted = await medai.assess('', { name: 'persist', valueBoolean: false }, { name: 'data', resource: patientOf(name) });
      equal(risks[name].prediction, posted.prediction, name);
      equal(risks[name].subject.reference, `${hospital.base}/Patient/${ids[name]}`, 'subject');
    }
    if (risks[PATIENTS[0]].prediction[0].probabilityDecimal === risks[PATIENTS[1]].prediction[0].probabilityDecimal) throw new Error('both patients have the same risk');
  });
  await step('one token serves many requests', async () => equal(hospital.counts.tokens, 1, 'tokens'));
  await step('each result arrives at the hospital once, with its Provenance, and is what was answered', async () => {
    for (const name of PATIENTS) {
      const { risks: [copy], origins: [origin] } = await arrived(ids[name], 1);
      equal(copy.prediction, risks[name].prediction, 'prediction');
      equal([copy.status, copy.subject.reference], [risks[name].status, `Patient/${ids[name]}`], 'status and subject');
      equal(copy.meta.security.map((s) => s.code), ['AIAST', 'NOPAT'], 'labels');
      equal((await follow(origin.target[0].reference)).id, copy.id, 'target of the Provenance');
      equal(origin.agent.length > 0, true, 'agents');
    }
  });
  await step('all that a copy is based on can be read at the hospital, in the version that was used', async () => {
    const { risks: [copy] } = await arrived(ids['demo-stable'], 1);
    const used = copy.basis.map((b) => b.reference);
    equal(used.length > 100, true, `${used.length} references`);
    for (const reference of used) {
      const [type, id, , version] = reference.split('/');
      const resource = await follow(reference);
      equal([resource.resourceType, resource.id, version ?? resource.meta.versionId], [type, id, resource.meta.versionId], reference);
    }
    equal((await follow(copy.encounter.reference)).resourceType, 'Encounter', 'encounter');
  });
  await step('the same question again writes nothing again', async () => {
    const posts = hospital.counts.posts;
    equal((await medai.assess(`Patient/${ids['demo-stable']}/`)).id, risks['demo-stable'].id, 'result');
    await settle();
    equal(hospital.counts.posts, posts, 'writes');
  });
  await step('a cohort of the hospital is scored, and its NDJSON says what each one says', async () => {
    const member = PATIENTS.map((name) => ({ entity: { reference: `Patient/${ids[name]}` } }));
    const group = await hospital.ask('POST', 'Group', { resourceType: 'Group', type: 'person', actual: true, member });
    const accepted = await medai.post(`Group/${group.id}/$assess-risk`, { resourceType: 'Parameters', parameter: [{ name: 'model', valueString: 'icu-mortality' }, { name: 'asOf', valueDateTime: asOf }] }, { Prefer: 'respond-async' });
    equal(accepted.status, 202, JSON.stringify(accepted.body));
    let manifest;
    for (let i = 0; i < 60 && !manifest; i++) {
      await wait(1500);
      const polled = await fetch(accepted.headers.get('content-location'));
      if (polled.status === 200) manifest = await polled.json();
      else equal(polled.status, 202, await polled.text());
    }
    equal([manifest.output.map((o) => o.type), manifest.error], [['RiskAssessment'], []], 'manifest');
    const lines = (await (await fetch(manifest.output[0].url)).text()).trim().split('\n').map((line) => JSON.parse(line));
    equal(lines.map((r) => r.prediction).sort(), PATIENTS.map((name) => risks[name].prediction).sort(), 'predictions');
  });
  await step('an answer that is lost on the way leaves one copy', async () => {
    hospital.loseNextAnswer = true;
    const later = new Date(Date.parse(asOf) - 3600_000).toISOString();
    const risk = (await medai.post(`Patient/${ids['demo-stable']}/$assess-risk`, { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDateTime: later }] })).body;
    await arrived(ids['demo-stable'], 2);
    await settle();
    const { risks: copies } = await arrived(ids['demo-stable'], 2);
    equal([hospital.loseNextAnswer, copies.some((c) => c.identifier[0].value === risk.identifier[0].value)], [false, true], 'lost once, and there');
  });

  const name = 'demo-odd-units';
  const theirs = () => ({
    resourceType: 'Bundle', type: 'collection',
    entry: ['Patient', 'Encounter', 'Location', 'Observation'].flatMap((type) => [...hospital.records.resources.get(type).values()])
      .filter((r) => r.resourceType === 'Location' || r.id === ids[name] || r.subject?.reference === `Patient/${ids[name]}`)
      .map((resource) => ({ fullUrl: `${hospital.base}/${resource.resourceType}/${resource.id}`, resource })),
  });
  const earlier = new Date(Date.parse(asOf) - 2 * 3600_000).toISOString();
  let waiting;
  await step('while the hospital is away its patients are not guessed at', async () => {
    await hospital.stop();
    const { status, body } = await medai.post(`Patient/${ids[name]}/$assess-risk`, { resourceType: 'Parameters' });
    equal([status, body.resourceType], [502, 'OperationOutcome'], JSON.stringify(body));
  });
  await step('while the hospital is away a result for its patient is answered', async () => {
    const { status, body } = await medai.post('$assess-risk', { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDateTime: earlier }, { name: 'data', resource: theirs() }] });
    equal([status, body.subject?.reference], [200, `${hospital.base}/Patient/${ids[name]}`], JSON.stringify(body).slice(0, 500));
    waiting = body;
  });
  await step('a result that waited arrives once when both are back, after kill -9, and where one resource at a time is all that is taken', async () => {
    await wait(1500);
    await medai.kill();
    hospital.transactions = false;
    const { bundles } = hospital.counts;
    await hospital.start();
    await medai.start();
    await arrived(ids[name], 2);
    await settle();
    const { risks: copies } = await arrived(ids[name], 2);
    const copy = copies.find((c) => c.identifier[0].value === waiting.identifier[0].value);
    equal([copy?.prediction, hospital.counts.bundles], [waiting.prediction, bundles], 'prediction, and Bundles');
  });
  await step('a token of before is renewed when the hospital knows it no longer', async () => {
    const before = hospital.counts.tokens;
    // As old as it must be to be worth a second question.
    await wait(6000);
    hospital.secret = crypto.getRandomValues(new Uint8Array(32));
    await medai.assess(`Patient/${ids[name]}/`);
    equal(hospital.counts.tokens, before + 1, 'tokens');
  });
  await step('neither tokens nor patients stand in the log', async () => {
    for (const word of ['eyJ', ...Object.values(ids), 'Samplewell']) if (medai.output.includes(word)) throw new Error(`${word} is in the log`);
  });
}

try {
  await checks();
} catch (error) {
  tally.fail('upstream', 'checks', [String(error?.stack ?? error)]);
}
await medai.kill().catch(() => {});
await hospital.stop().catch(() => {});
rmSync(folder, { recursive: true, force: true });
process.exit(tally.finish());
