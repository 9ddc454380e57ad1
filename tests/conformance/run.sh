#!/usr/bin/env bash
# Starts the demo server on a free port with a temporary store, asks it for one of everything that it writes, and has independent validators judge it.
# Usage: run.sh FOLDER (for what was fetched). Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=${1:?folder for the fetched resources}
mkdir -p "$out"
data=$(mktemp -d)
port=$(node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
base="http://127.0.0.1:$port"
configuration=${CONFIGURATION:-Release}
dotnet "$root/src/MedAI.Fhir/bin/$configuration/net10.0/MedAI.Fhir.dll" --demo --data "$data" --urls "$base" >"$out/server.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$data"' EXIT
for _ in $(seq 1 240); do
  curl -fs "$base/health/ready" >/dev/null && break
  kill -0 $server 2>/dev/null || { cat "$out/server.log"; echo "0 passed, 1 failed"; exit 1; }
  sleep 0.25
done
failed=0
fetch() { # name, curl arguments...
  local name=$1; shift
  if ! curl -fsS --max-time 30 -o "$out/$name.json" "$@"; then echo "FAIL $name could not be fetched"; failed=$((failed + 1)); rm -f "$out/$name.json"; fi
}
for patient in demo-deteriorating demo-recovering demo-stable demo-odd-units; do
  fetch "RiskAssessment-$patient" -X POST -H 'Content-Type: application/fhir+json' -d '{"resourceType":"Parameters"}' "$base/fhir/Patient/$patient/\$assess-risk"
done
fetch RiskAssessment-body -X POST -H 'Content-Type: application/fhir+json' --data-binary "@$root/samples/requests/assess-risk-demo-recovering.json" "$base/fhir/\$assess-risk"
for study in demo-chest-clear demo-chest-patchy demo-chest-two-views; do
  fetch "Bundle-$study" -X POST "$base/fhir/ImagingStudy/$study/\$interpret-imaging"
done
# Each resource of a report on its own, as a client reads it.
node -e '
  const fs = require("fs");
  for (const e of JSON.parse(fs.readFileSync(process.argv[1])).entry) console.log(e.resource.resourceType + "/" + e.resource.id);' "$out/Bundle-demo-chest-patchy.json" >"$out/report.list" || failed=$((failed + 1))
while read -r reference; do fetch "imaging-${reference/\//-}" -H 'Accept: application/fhir+json' "$base/fhir/$reference"; done <"$out/report.list"
curl -sS -o "$out/OperationOutcome-wrong-age.json" -X POST "$base/fhir/ImagingStudy/demo-chest-adult/\$interpret-imaging"
curl -sS -o "$out/OperationOutcome-foreign-image.json" -X POST "$base/fhir/ImagingStudy/demo-chest-mixed-up/\$interpret-imaging"
risk=$(node -pe 'JSON.parse(require("fs").readFileSync(process.argv[1])).id' "$out/RiskAssessment-demo-stable.json")
fetch Parameters-explain "$base/fhir/RiskAssessment/$risk/\$explain"
fetch Bundle-score-all -X POST "$base/fhir/Patient/demo-stable/\$score-all"
fetch Bundle-score-all-abstained -X POST "$base/fhir/Patient/demo-child/\$score-all"
fetch DocumentReference-model-card "$base/fhir/\$model-card?model=icu-mortality"
for operation in explain model-card score-all validate; do fetch "OperationDefinition-$operation" "$base/fhir/OperationDefinition/$operation"; done
fetch RiskAssessment-summary "$base/fhir/RiskAssessment/$risk?_summary=true"
fetch CapabilityStatement "$base/fhir/metadata"
fetch OperationDefinition-imaging "$base/fhir/OperationDefinition/interpret-imaging"
fetch OperationDefinition "$base/fhir/OperationDefinition/assess-risk"
device=$(node -pe 'JSON.parse(require("fs").readFileSync(process.argv[1])).performer.reference.split("/").pop()' "$out/RiskAssessment-demo-stable.json")
fetch Device "$base/fhir/Device/$device"
# What the server coined, as whoever meets a canonical looks it up.
for type in StructureDefinition SearchParameter ValueSet CodeSystem ConceptMap; do fetch "Bundle-$type" "$base/fhir/$type"; done
fetch DocumentReference "$base/fhir/DocumentReference/$device"
# Refusals are FHIR too.
curl -sS -o "$out/OperationOutcome-abstained.json" -X POST -H 'Content-Type: application/fhir+json' -d '{"resourceType":"Parameters"}' "$base/fhir/Patient/demo-child/\$assess-risk"
curl -sS -o "$out/OperationOutcome-not-found.json" "$base/fhir/RiskAssessment/none"
# The judges are judged first: broken resources must be caught.
node validate.mjs --selftest "$out"/*.json ../MedAI.Fhir.Tests/Golden/*.fhir.json ../../profiles/package/OperationDefinition-*.json ../../profiles/package/examples | tee "$out/validate.log"
status=${PIPESTATUS[0]}
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out/validate.log" | tail -1)
good=$(cut -d' ' -f1 <<<"${line:-0 passed, 1 failed}"); bad=$(cut -d' ' -f3 <<<"${line:-0 passed, 1 failed}")
bad=$((bad + failed))
# Clients that other people wrote use the server as they find it.
node clients.mjs "$base/fhir" | tee "$out/clients.log"
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out/clients.log" | tail -1)
line=${line:-0 passed, 1 failed}
good=$((good + $(cut -d' ' -f1 <<<"$line"))); bad=$((bad + $(cut -d' ' -f3 <<<"$line")))
# A hospital's FHIR server that other people wrote: patients are read there, results are written there.
node upstream.mjs "$root/src/MedAI.Fhir/bin/$configuration/net10.0/MedAI.Fhir.dll" | tee "$out/upstream.log"
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out/upstream.log" | tail -1)
line=${line:-0 passed, 1 failed}
good=$((good + $(cut -d' ' -f1 <<<"$line"))); bad=$((bad + $(cut -d' ' -f3 <<<"$line")))
[ "$status" -ne 0 ] && [ "$bad" = 0 ] && bad=1
echo "$good passed, $bad failed"
[ "$bad" = 0 ]
