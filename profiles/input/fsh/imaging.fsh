Profile: MedAIDiagnosticReport
Parent: DiagnosticReport
Id: medai-diagnostic-report
Title: "MedAI DiagnosticReport"
Description: "A machine's reading of an imaging study. Nobody verified it, so it is never final; its code and identifier are its own, not those of the radiologist's report. R4 allows no Device as performer: the model stands in Observation.device and in the Provenance."
* insert Authored
* insert Whole
* insert Labelled
* text 1..1
* identifier 0..1
* identifier.system 1..1
* identifier.system = "https://medai.example.org/fhir/sid/result" (exactly)
* identifier.value 1..1
* basedOn 0..0
* status from UnverifiedReportStatus (required)
* category 1..1
* category = $DiagnosticServices#RAD
* code.coding 1..1
* code = Reports#ai-imaging
* subject 1..1
* subject only Reference(Patient)
* effective[x] only dateTime
* issued 1..1
* performer 0..0
* resultsInterpreter 0..0
* specimen 0..0
* result only Reference(Observation)
* imagingStudy 1..1
* imagingStudy.identifier 1..1
* imagingStudy.identifier.system 1..1
* imagingStudy.identifier.system = "urn:dicom:uid" (exactly)
* imagingStudy.identifier.value 1..1
* conclusionCode 0..0
* conclusionCode ^comment = "A code here would be read as a diagnosis."
* presentedForm 1..1
* presentedForm.contentType 1..1
* presentedForm.contentType = #text/html (exactly)
* presentedForm.language 1..1
* presentedForm.data 1..1
* presentedForm.size 1..1
* presentedForm.hash 1..1
* obeys medai-dr-read and medai-dr-unread and medai-dr-unverified and medai-dr-media

Invariant: medai-dr-read
Description: "A report is partial where an image was read, and only there."
Severity: #error
Expression: "(status = 'partial') = result.exists()"

Invariant: medai-dr-unread
Description: "Nothing is concluded before the study was read; afterwards the conclusion says what was read, or why nothing was."
Severity: #error
Expression: "(status = 'registered') = conclusion.empty()"

Invariant: medai-dr-unverified
Description: "What was read says at once that nobody verified it."
Severity: #error
Expression: "status != 'partial' or conclusion.startsWith('AI result, not verified by a radiologist.')"

Invariant: medai-dr-media
Description: "A read image has its picture."
Severity: #error
Expression: "result.exists() = media.exists()"

Profile: MedAIImagingFinding
Parent: Observation
Id: medai-imaging-finding
Title: "MedAI imaging finding"
Description: "One estimate about one image. The code says that a probability was estimated and the disorder stands in a component, so that no search for the disorder finds a percentage in place of a finding."
* insert Authored
* insert Whole
* insert Labelled
* text 1..1
* extension contains AIConfidence named confidence 0..1
* extension[confidence].value[x] only Range
* extension[confidence] obeys medai-interval
* extension[confidence] ^comment = "The uncertainty is told once: here."
* basedOn 0..0
* status = #preliminary (exactly)
* category 1..1
* category = $ObservationCategory#imaging
* code.coding 1..1
* code.coding.system 1..1
* code.coding.system = Canonical(Estimates) (exactly)
* code.coding.code 1..1
* code.text 1..1
* subject 1..1
* subject only Reference(Patient)
* effective[x] only dateTime
* issued 1..1
* performer 0..0
* value[x] 1..1
* value[x] only Quantity
* valueQuantity.value 1..1
* valueQuantity.comparator 0..0
* valueQuantity.system 1..1
* valueQuantity.system = $Ucum (exactly)
* valueQuantity.code 1..1
* valueQuantity.code = #% (exactly)
* dataAbsentReason 0..0
* interpretation 0..1
* interpretation from RiskBands (required)
* note 1..*
* insert MethodOfAModel
* specimen 0..0
* device 1..1
* device only Reference(Device)
* device obeys medai-absolute
* device.reference 1..1
* hasMember 0..0
* derivedFrom 2..*
* component 1..1
* component.code = Estimates#disorder
* component.value[x] 1..1
* component.value[x] only CodeableConcept
* obeys medai-obs-percent and medai-obs-source and medai-obs-code

Invariant: medai-obs-percent
Description: "The value is a percentage in 0..100."
Severity: #error
Expression: "value.ofType(Quantity).value.exists() and value.ofType(Quantity).value >= 0 and value.ofType(Quantity).value <= 100"

Invariant: medai-obs-source
Description: "It is derived from an ImagingStudy, named by its DICOM UID, and from the picture of the image."
Severity: #error
Expression: "derivedFrom.where(identifier.system = 'urn:dicom:uid').count() = 1 and derivedFrom.where(reference.startsWith('Media/')).count() = 1"

Invariant: medai-obs-code
Description: "The code names the estimate, not the part of it that names the disorder."
Severity: #error
Expression: "code.coding.code != 'disorder'"

Profile: MedAIHeatmap
Parent: Media
Id: medai-heatmap
Title: "MedAI heatmap"
Description: "The picture of a read image with the evidence of the model over it."
* insert Authored
* insert Whole
* insert Labelled
* text 1..1
* partOf 1..1
* status = #completed (exactly)
* type 1..1
* type = $MediaType#image
* subject 1..1
* subject only Reference(Patient)
* created[x] 1..1
* created[x] only dateTime
* issued 1..1
* operator 0..0
* device 1..1
* device only Reference(Device)
* device obeys medai-absolute
* device.reference 1..1
* height 1..1
* width 1..1
* content.contentType 1..1
* content.contentType = #image/png (exactly)
* content.data 0..0
* content.url 1..1
* content.size 1..1
* content.hash 1..1
* content.title 1..1
* obeys medai-media-binary
* note 1..*

Invariant: medai-media-binary
Description: "The bytes lie in a Binary, which is read with the patient's rights."
Severity: #error
Expression: "content.url.matches('^https?://.+/Binary/[A-Za-z0-9.-]{1,64}$')"

Profile: MedAIPicture
Parent: Binary
Id: medai-picture
Title: "MedAI picture"
Description: "The bytes of a heatmap; who may see the patient may see them."
* insert Authored
* insert Labelled
* contentType = #image/png (exactly)
* securityContext 1..1
* securityContext only Reference(Patient)
* data 1..1
