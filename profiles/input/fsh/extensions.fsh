Extension: ContentSha256
Id: content-sha256
Title: "SHA-256 of the content"
Description: "Which state of a resource without a version was read: the SHA-256 of its JSON as received, in lower-case hexadecimal digits."
Context: Reference
* insert Published
* value[x] 1..1
* value[x] only string
* . obeys medai-sha256

Extension: FrameSha256
Id: frame-sha256
Title: "SHA-256 of a frame"
Description: "Which pixels of a DICOM image were read: the SHA-256 of the frame as fetched, in lower-case hexadecimal digits."
Context: Reference
* insert Published
* value[x] 1..1
* value[x] only string
* . obeys medai-sha256

Extension: CorrelationId
Id: correlation-id
Title: "Correlation id"
Description: "The id under which a request stands in logs and audit."
Context: OperationOutcome
* insert Published
* value[x] 1..1
* value[x] only string

Extension: ModelOfOutcome
Id: model
Title: "Model"
Description: "The Device of the model that an OperationOutcome speaks for, where one answer holds the outcomes of several."
Context: OperationOutcome
* insert Published
* value[x] 1..1
* value[x] only Reference(Device)

Extension: SubjectOfOutcome
Id: outcome-subject
Title: "Subject of an outcome"
Description: "The member of a Group that an OperationOutcome is about, where one file holds the outcomes of many."
Context: OperationOutcome
* insert Published
* value[x] 1..1
* value[x] only Reference
