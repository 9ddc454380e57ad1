CodeSystem: DeviceVersionTypeCodes
Id: device-version-type
Title: "What a version of a Device is the version of"
Description: "Types of Device.version."
* insert Published
* insert Whole-code-system
* #model "Model" "The version of the model, as its package says."
* #model-sha256 "SHA-256 of the model" "The SHA-256 of the model's file in lower-case hexadecimal digits: which bytes computed."
* #software "Software" "The version of the server that ran the model."

ValueSet: DeviceVersionTypes
Id: device-version-type
Title: "What a version of a Device is the version of"
Description: "Types of Device.version."
* insert Published
* include codes from system DeviceVersionTypeCodes

CodeSystem: Reports
Id: report
Title: "Kinds of report"
Description: "Reports that this software writes. They are no radiologist's reports and never carry the codes of one."
* insert Published
* insert Whole-code-system
* #ai-imaging "AI reading of an imaging study, not verified" "A model's reading of an imaging study that nobody has verified."

ValueSet: ReportCodes
Id: report
Title: "Kinds of report"
Description: "Reports that this software writes."
* insert Published
* include codes from system Reports

CodeSystem: Estimates
Id: ai-estimate
Title: "What an AI's estimate says"
Description: "[model id] for a model's main outcome, [model id].[finding id] for a further finding. Each model package that is loaded adds codes; here stand those of the shipped models, and the one that names the disorder."
* insert Published
* ^caseSensitive = true
* ^content = #fragment
* #disorder "What the probability is about" "The component that names the disorder whose probability was estimated."
* #chest-xray-pneumonia "AI-estimated probability of pneumonia on this chest radiograph" "The main outcome of the model chest-xray-pneumonia."

ValueSet: EstimateCodes
Id: ai-estimate
Title: "What an AI's estimate says"
Description: "All codes of estimates, those of packages that are not shipped here included."
* insert Published
* include codes from system Estimates

ValueSet: RiskBands
Id: risk-band
Title: "Risk bands"
Description: "Qualitative bands that a model package may declare."
* insert Published
* $RiskProbability#negligible
* $RiskProbability#low
* $RiskProbability#moderate
* $RiskProbability#high
* $RiskProbability#certain

ValueSet: UnverifiedReportStatus
Id: unverified-report-status
Title: "States of a report that nobody verified"
Description: "Being read, read in whole or part, or not read at all. Never preliminary, which R4 keeps for verified early results, and never final."
* insert Published
* http://hl7.org/fhir/diagnostic-report-status#registered "Registered"
* http://hl7.org/fhir/diagnostic-report-status#partial "Partial"
* http://hl7.org/fhir/diagnostic-report-status#cancelled "Cancelled"

RuleSet: Whole-code-system
* ^caseSensitive = true
* ^content = #complete
