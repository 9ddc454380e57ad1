// Written by CodeSystemTests out of the one error map; rewrite it with GOLDEN=update dotnet test, then run profiles/build.sh.

CodeSystem: FailureCodes
Id: failure
Title: "What can go wrong"
Description: "Everything that a caller of this server can be told went wrong, with the HTTP status that goes with it."
* insert Published
* insert Whole-code-system
* ^property[0].code = #http-status
* ^property[0].description = "HTTP status of the answer."
* ^property[0].type = #integer
* ^property[1].code = #hook-status
* ^property[1].description = "HTTP status towards a CDS Hooks client, where it is another."
* ^property[1].type = #integer
* ^property[2].code = #retry-after
* ^property[2].description = "After how many seconds to come back, where that helps."
* ^property[2].type = #integer
* #malformed-json "Malformed JSON" "The body is not JSON."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #malformed-xml "Malformed xml" "The body is not FHIR XML."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #malformed-request "Malformed request" "The request is not what this endpoint reads."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #duplicate-member "Duplicate member" "A member occurs twice in one object."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #missing-parameter "Missing parameter" "A required parameter is missing."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #invalid-parameter "Invalid parameter" "A parameter has a value that cannot be used."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #unknown-model "Unknown model" "No such model is served here."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #unknown-service "Unknown service" "No such service is served here."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 404
* #unknown-card "Unknown card" "The service sent no such card; feedback on other cards is stored."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 404
* #hook-not-supported "Hook not supported" "The service does not answer this hook."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #unauthorized "Unauthorized" "A good access token is needed."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 401
* #forbidden "Forbidden" "The client may not do this."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 403
* #not-found "Not found" "There is no such resource."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 404
* #gone "Gone" "The resource was deleted."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 410
* #link-expired "Link expired" "The link has expired. Open the patient's chart again; the card there has a new one."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 410
* #not-acceptable "Not acceptable" "This server writes FHIR 4.0 as JSON or XML in UTF-8."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 406
* #unsupported-media-type "Unsupported media type" "This server reads FHIR 4.0 as JSON or XML in UTF-8."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 415
* #method-not-allowed "Method not allowed" "The method is not allowed here."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 405
* #async-only "Async only" "This operation takes long and is answered later only: send Prefer: respond-async."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #body-too-large "Body too large" "The body is larger than this server reads."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 413
* #too-many-resources "Too many resources" "The data hold more resources or deeper nesting than this server reads."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #invalid-resource "Invalid resource" "The resource cannot be stored as it is."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #authored-here "Authored here" "This server alone writes that: what a model found is not changed by a client."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 409
* #precondition-failed "Precondition failed" "What is stored is not what the request made its condition."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 412
* #edit-conflict "Edit conflict" "Others change the same resources all the time."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 409
* #not-in-bundle "Not in bundle" "This cannot be asked within a Bundle."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 400
* #foreign-subject "Foreign subject" "The data hold a resource that does not belong to this patient; nothing was computed."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #patient-missing "Patient missing" "The Patient resource is not in the data."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
  * ^property[1].code = #hook-status
  * ^property[1].valueInteger = 412
* #data-incomplete "Data incomplete" "The data are only a part of what matched; nothing is computed from a part."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 412
* #data-unavailable "Data unavailable" "The data that the service needs were not sent and cannot be had."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 412
* #data-late "Data late" "The EHR's FHIR server did not give the data in time."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 504
* #fhir-source-failed "Fhir source failed" "The hospital's FHIR server did not give the data."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 502
* #foreign-token "Foreign token" "The access token is restricted to another patient than the one in context."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 403
* #upstream-failed "Upstream failed" "The source of the data answered with an error."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 412
* #abstained "Abstained" "The model makes no estimate for this patient now."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #member-unusable "Member unusable" "The Group, or this member of it, is not what can be scored: an actual Group of Patients that this server finds."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #study-unusable "Study unusable" "The ImagingStudy cannot be used."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #images-missing "Images missing" "There are no images to read, or nobody says where they are."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #too-many-images "Too many images" "The study has more images than one request may read."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #foreign-image "Foreign image" "The images are not provably this patient's; nothing was computed."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #image-source-untrusted "Image source untrusted" "The images lie where this server may not fetch them."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #image-source-failed "Image source failed" "The source of the images did not give them."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 502
* #image-source-late "Image source late" "The source of the images did not give them in time."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 504
* #image-unreadable "Image unreadable" "The images cannot be read as they were sent."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 422
* #queue-full "Queue full" "The model is busy."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 2
* #validator-busy "Validator busy" "Resources are validated one at a time, and this one's turn did not come in time."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 5
* #too-many-jobs "Too many jobs" "The server takes no more operations for later now."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 30
* #asked-too-often "Asked too often" "The client asks too often; Retry-After says when to come back."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 429
* #deadline-passed "Deadline passed" "The estimate was not ready in time."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 504
* #model-unavailable "Model unavailable" "The model is not available."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 30
* #implausible-output "Implausible output" "The model's output was not plausible and is withheld."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 500
* #not-ready "Not ready" "The server is starting or stopping."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 5
* #store-unavailable "Store unavailable" "The result could not be stored and is therefore withheld."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 5
* #tokens-unchecked "Tokens unchecked" "Tokens cannot be checked against replay now, and nobody is let in unchecked."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 503
  * ^property[1].code = #retry-after
  * ^property[1].valueInteger = 5
* #answer-invalid "Answer invalid" "The answer broke the rules of CDS Hooks and was not sent."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 500
* #internal "Internal" "Something is wrong with this server."
  * ^property[0].code = #http-status
  * ^property[0].valueInteger = 500

ValueSet: FailureCodesAll
Id: failure
Title: "What can go wrong"
Description: "Everything that a caller of this server can be told went wrong."
* insert Published
* include codes from system FailureCodes
