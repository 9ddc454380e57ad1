Profile: MedAIAuditEvent
Parent: AuditEvent
Id: medai-audit-event
Title: "MedAI AuditEvent"
Description: "One access to a patient's data, or one denied, in the shape of IHE's Basic Audit Log Patterns (BALP). An operation is told as a restful interaction of code operation with action E, for which BALP has no pattern. It never holds names, tokens or measured values."
* insert Authored
* insert Whole
* type = $AuditEventType#rest
* subtype 1..*
* subtype.system 1..1
* subtype.code 1..1
* action 1..1
* outcome 1..1
* purposeOfEvent 0..0
* agent 2..3
* agent.type 1..1
* agent.who 1..1
* agent.altId 0..0
* agent.name 0..0
* source.observer only Reference(Device)
* source.type 1..1
* source.type = $SecuritySourceType#4
* entity 1..*
* entity.type 1..1
* entity.name 0..0
* entity.description 0..0
* obeys medai-audit-subtype and medai-audit-action and medai-audit-agents and medai-audit-requestor and medai-audit-request and medai-audit-patient and medai-audit-query and medai-audit-denied

Invariant: medai-audit-subtype
Description: "The kind of interaction is said by FHIR's own code, once."
Severity: #error
Expression: "subtype.where(system = 'http://hl7.org/fhir/restful-interaction').count() = 1"

Invariant: medai-audit-action
Description: "The action fits the interaction: reads R, creates C, updates and patches U, deletes D, searches and operations E."
Severity: #error
Expression: "subtype.where(system = 'http://hl7.org/fhir/restful-interaction').all((%resource.action = 'E' and (code = 'operation' or code.startsWith('search'))) or (%resource.action = 'R' and (code = 'read' or code = 'vread' or code.startsWith('history'))) or (%resource.action = 'C' and code = 'create') or (%resource.action = 'U' and (code = 'update' or code = 'patch')) or (%resource.action = 'D' and code = 'delete'))"

Invariant: medai-audit-agents
Description: "One agent is where the data came from (DCM 110153), one where they went (DCM 110152): the client where it read, this server otherwise. At a deletion nothing moves: an application (DCM 110150) asked, and the custodian carried it out."
Severity: #error
Expression: "(action = 'D' implies (agent.where(type.coding.where(system = 'http://dicom.nema.org/resources/ontology/DCM' and code = '110150').exists()).count() = 1 and agent.where(type.coding.where(system = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type' and code = 'custodian').exists()).count() = 1)) and (action != 'D' implies (agent.where(type.coding.where(system = 'http://dicom.nema.org/resources/ontology/DCM' and code = '110153').exists()).count() = 1 and agent.where(type.coding.where(system = 'http://dicom.nema.org/resources/ontology/DCM' and code = '110152').exists()).count() = 1 and agent.where(type.coding.where(code = '110152').exists()).who.identifier.exists() = (action = 'R')))"

Invariant: medai-audit-requestor
Description: "At most one agent is the user who asked."
Severity: #error
Expression: "agent.where(requestor = true).count() <= 1"

Invariant: medai-audit-request
Description: "The request is named by the id under which it stands in logs and answers."
Severity: #error
Expression: "entity.where(type.system = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType' and type.code = 'XrequestId' and what.identifier.value.exists()).count() = 1"

Invariant: medai-audit-patient
Description: "At most one patient per event, with the role of a patient and a reference."
Severity: #error
Expression: "entity.where(role.code = '1').count() <= 1 and entity.where(role.code = '1').all(type.code = '1' and what.exists())"

Invariant: medai-audit-query
Description: "A search is told as it was asked, and only a search."
Severity: #error
Expression: "entity.where(role.code = '24').exists() = subtype.code.where($this.startsWith('search')).exists() and entity.where(role.code = '24').all(query.exists()) and entity.where(role.code.empty() or role.code != '24').all(query.empty())"

Invariant: medai-audit-denied
Description: "What did not succeed says why, by a code of this server."
Severity: #error
Expression: "outcome = '0' or outcomeDesc.matches('^[a-z0-9-]+$')"

Instance: assess-risk
InstanceOf: MedAIAuditEvent
Usage: #example
Title: "An operation that estimated a risk"
Description: "The hospital's EHR asked for a risk; the server read the patient's data and stored a RiskAssessment made by a model."
* meta.versionId = "1"
* meta.lastUpdated = "2026-03-02T07:00:01.250Z"
* meta.profile = Canonical(MedAIAuditEvent)
* type = $AuditEventType#rest "RESTful Operation"
* subtype[+] = $RestfulInteraction#operation "operation"
* action = #E
* period.start = "2026-03-02T07:00:01.100Z"
* period.end = "2026-03-02T07:00:01.250Z"
* recorded = "2026-03-02T07:00:01.250Z"
* outcome = #0
* agent[+].type = $DCM#110153 "Source Role ID"
* agent[=].who.identifier.system = "https://medai.example.org/fhir/sid/client"
* agent[=].who.identifier.value = "ehr-north"
* agent[=].requestor = false
* agent[+].type = $DCM#110152 "Destination Role ID"
* agent[=].who.display = "MedAI"
* agent[=].requestor = false
* source.observer.display = "MedAI"
* source.type = $SecuritySourceType#4 "Application Server"
* entity[+].type = $BasicAuditEntityType#XrequestId
* entity[=].what.identifier.value = "4f1c9f2e-7d53-4b8e-9d7e-6f2a1f0c3b5d"
* entity[+].type = $AuditEntityType#1 "Person"
* entity[=].role = $ObjectRole#1 "Patient"
* entity[=].what = Reference(Patient/demo-deteriorating)
* entity[+].type = $AuditEntityType#2 "System Object"
* entity[=].role = $ObjectRole#4 "Domain Resource"
* entity[=].what.reference = "https://medai.example.org/fhir/RiskAssessment/2a4017da-ddb6-4540-8190-c27b492649f2/_history/1"
* entity[+].type = $AuditEntityType#2 "System Object"
* entity[=].role = $ObjectRole#4 "Domain Resource"
* entity[=].what.reference = "https://medai.example.org/fhir/Device/icu-mortality-2-0-0-db35464a"

Instance: search-denied
InstanceOf: MedAIAuditEvent
Usage: #example
Title: "A search that was denied"
Description: "A client without the right asked for reports; nothing was told."
* meta.versionId = "1"
* meta.lastUpdated = "2026-03-02T07:10:00.000Z"
* meta.profile = Canonical(MedAIAuditEvent)
* type = $AuditEventType#rest "RESTful Operation"
* subtype[+] = $RestfulInteraction#search-type "search-type"
* action = #E
* recorded = "2026-03-02T07:10:00.000Z"
* outcome = #4
* outcomeDesc = "forbidden"
* agent[+].type = $DCM#110153 "Source Role ID"
* agent[=].who.identifier.system = "https://medai.example.org/fhir/sid/client"
* agent[=].who.identifier.value = "ehr-north"
* agent[=].requestor = false
* agent[+].type = $DCM#110152 "Destination Role ID"
* agent[=].who.display = "MedAI"
* agent[=].requestor = false
* source.observer.display = "MedAI"
* source.type = $SecuritySourceType#4 "Application Server"
* entity[+].type = $BasicAuditEntityType#XrequestId
* entity[=].what.identifier.value = "0a6f5f0e-2c1b-4f56-8f0e-9c3f6e7d8a90"
* entity[+].type = $AuditEntityType#2 "System Object"
* entity[=].role = $ObjectRole#24 "Query"
* entity[=].query = "RGlhZ25vc3RpY1JlcG9ydD9zdGF0dXM9cGFydGlhbA=="

Instance: read-result
InstanceOf: MedAIAuditEvent
Usage: #example
Title: "A result that was read"
Description: "The hospital's EHR read a RiskAssessment: the data went from this server to the client."
* meta.versionId = "1"
* meta.lastUpdated = "2026-03-02T07:05:00.000Z"
* meta.profile = Canonical(MedAIAuditEvent)
* type = $AuditEventType#rest "RESTful Operation"
* subtype[+] = $RestfulInteraction#read "read"
* action = #R
* recorded = "2026-03-02T07:05:00.000Z"
* outcome = #0
* agent[+].type = $DCM#110152 "Destination Role ID"
* agent[=].who.identifier.system = "https://medai.example.org/fhir/sid/client"
* agent[=].who.identifier.value = "ehr-north"
* agent[=].requestor = false
* agent[+].type = $DCM#110153 "Source Role ID"
* agent[=].who.display = "MedAI"
* agent[=].requestor = false
* source.observer.display = "MedAI"
* source.type = $SecuritySourceType#4 "Application Server"
* entity[+].type = $BasicAuditEntityType#XrequestId
* entity[=].what.identifier.value = "7d0b6f0a-51a5-4d54-9d0b-0f4f5f1f8e11"
* entity[+].type = $AuditEntityType#1 "Person"
* entity[=].role = $ObjectRole#1 "Patient"
* entity[=].what = Reference(Patient/demo-deteriorating)
* entity[+].type = $AuditEntityType#2 "System Object"
* entity[=].role = $ObjectRole#4 "Domain Resource"
* entity[=].what.reference = "https://medai.example.org/fhir/RiskAssessment/2a4017da-ddb6-4540-8190-c27b492649f2/_history/1"
