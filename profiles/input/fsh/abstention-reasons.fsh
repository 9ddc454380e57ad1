CodeSystem: AbstentionReasons
Id: abstention-reason
Title: "Reasons for no estimate"
Description: "Why a model says nothing about a patient or an image now. Always about the data or the patient, never about the server."
* insert Published
* insert Whole-code-system
* #not-enough-data "Not enough data" "Too few of the measurements that the model needs were made."
* #stale-data "Stale data" "The newest measurement is older than the model allows."
* #time-zero-unknown "Start unknown" "The start of the stay, from which the model counts, is not known."
* #outside-window "Outside the window" "The model estimates only within some hours of the start."
* #encounter-ended "Encounter ended" "The encounter has ended."
* #deceased "Deceased" "The patient is recorded as deceased."
* #age-outside-population "Age outside the population" "The model was not made for patients of this age."
* #age-unknown "Age unknown" "The model is for patients of certain ages, and the age is not known."
* #sex-outside-population "Sex outside the population" "The model was not made for patients of this administrative gender."
* #outside-setting "Outside the setting" "The patient is not where the model was made for, for instance no longer in intensive care."
* #wrong-body-part "Wrong body part" "The image shows another part of the body than the model reads."
* #wrong-modality "Wrong modality" "The image is of another modality than the model reads."
* #out-of-distribution "Unlike the training data" "The input is unlike what the model was made from."
* #unreadable-input "Unreadable input" "The image contradicts itself or cannot be used as it is described."
* #wrong-view "Wrong view" "The image was taken from another side than the model reads."
* #image-too-small "Image too small" "The image has fewer rows or columns than the model needs."
* #image-too-large "Image too large" "The image has more bytes than the server reads."
* #no-pixel-data "No image" "The object holds no image."
* #pixel-data-mismatch "Pixels and description differ" "The pixels are not as many as rows and columns say."
* #compressed-pixel-data "Compressed pixels" "The archive sent compressed pixels, which are not read."
* #colour-image "Colour image" "The image is in colour; only grey images are read."
* #palette-image "Palette colours" "The image has palette colours; only grey images are read."
* #multi-frame-image "Several frames" "The image has several frames; one is read at most."
* #one-bit-image "One bit per pixel" "The image has one bit per pixel, like a segmentation."
* #float-pixel-data "Floating-point pixels" "The pixels are floating-point numbers, which are not read."
* #unsupported-pixel-format "Unsupported pixel format" "The pixels are of a kind that is not read."

ValueSet: AbstentionReasonsAll
Id: abstention-reason
Title: "Reasons for no estimate"
Description: "Why a model says nothing about a patient or an image now."
* insert Published
* include codes from system AbstentionReasons
