using Firely.Fhir.Validation;
using Firely.Fhir.Validation.Compilation;
using Hl7.Fhir.Model;
using Hl7.Fhir.Specification.Navigation;
using Hl7.Fhir.Specification.Source;
using Hl7.Fhir.Support;

// Firely's schema is open to others and may change with its minor versions; tests say then what did.
#pragma warning disable ExperimentalApi

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>The rules of our definitions, in a form that takes bounded time over any resource.</summary>
/// <remarks>Named as one of Firely's builders, which it is taken instead of.</remarks>
internal sealed class TimedRules(IAsyncResourceResolver definitions, TimedFhirPath paths) : StandardBuilders(definitions), ISchemaBuilder
{
    /// <summary>R4's pattern of base64Binary: blanks between two groups belong to either, and what does not match in the end is tried in all those ways.</summary>
    private const string Base64 = @"(\s*([0-9a-zA-Z\+/=]){4}\s*)+";

    /// <summary>The same texts, in one way.</summary>
    private const string Base64InOneWay = @"\s*([0-9a-zA-Z+/=]{4}\s*)+";

    IEnumerable<IAssertion> ISchemaBuilder.Build(ElementDefinitionNavigator nav, ElementConversionMode? conversionMode) => Build(nav, conversionMode).Select(rule => rule switch
    {
        FhirPathValidator invariant => new TimedInvariant(invariant, paths),
        RegExValidator { Pattern: Base64 } => new RegExValidator(Base64InOneWay),
        _ => rule,
    });

    /// <summary>An invariant that is evaluated for a bounded time.</summary>
    private sealed record TimedInvariant(FhirPathValidator Rule, TimedFhirPath Paths) : FhirPathValidator(Rule), IValidatable
    {
        ResultReport IValidatable.Validate(PocoNode input, ValidationSettings vc, ValidationState state)
        {
            var found = Paths.IsTrue(Expression, input);
            if (found.IsTrue)
                return ResultReport.SUCCESS;
            if (found.Fault == TimedFhirPath.Fault.Late)
                return new IssueAssertion(Issue.PROFILE_ELEMENTDEF_INVALID_FHIRPATH_EXPRESSION.Code, $"The rule {Key} was not judged: it takes longer than {TimedFhirPath.Milliseconds} ms.", OperationOutcome.IssueSeverity.Error, OperationOutcome.IssueType.TooCostly).AsResult(state, input);
            // In the rule's own words, without looking a second time where it is known what would be seen.
            IValidatable told = found.Fault == TimedFhirPath.Fault.None ? new FhirPathValidator(Key, "false", HumanDescription, Severity, BestPractice) { SeverityOverride = SeverityOverride } : Rule;
            return told.Validate(input, vc, state);
        }
    }
}
