using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentValidation;
using FluentValidation.Results;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Operations;

/// <summary>Holds the inputs of an invocation to what the operation declares; every fault is told at once, with its FHIRPath.</summary>
/// <remarks>Names and values of the caller may hold anything and are not repeated. Thread safe.</remarks>
internal sealed partial class OperationInputsValidator : AbstractValidator<OperationInputs>
{
    /// <summary>An answer must not grow with bad input.</summary>
    private const int MostFaults = 20;

    public OperationInputsValidator(OperationDeclaration operation)
    {
        RuleFor(i => i.All).Custom((given, context) => Check(given, operation.Inputs, "Parameters.parameter", "This operation", context));
    }

    /// <returns>Null when everything is as declared.</returns>
    public Failure? Refusal(OperationInputs inputs)
    {
        var faults = Validate(inputs).Errors;
        if (faults.Count == 0)
            return null;
        // One code for the whole; a fault of the other sort carries its own.
        var code = faults.TrueForAll(f => f.ErrorCode == nameof(FailureCode.MissingParameter)) ? FailureCode.MissingParameter : FailureCode.InvalidParameter;
        return new Failure(code, [.. faults.Take(MostFaults).Select(f => new FailureIssue(f.ErrorMessage, f.PropertyName,
            f.ErrorCode == code.ToString() ? null : KebabCase.Of(Enum.Parse<FailureCode>(f.ErrorCode))))]);
    }

    private static void Check(IEnumerable<GivenParameter> given, IReadOnlyList<OperationInput> declared, string list, string who, ValidationContext<OperationInputs> context)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var parameter in given)
        {
            if (parameter.Name is null)
            {
                Fail("A parameter needs a name.", parameter.Where + ".name");
                continue;
            }
            if (declared.FirstOrDefault(d => d.Name == parameter.Name) is not { } input)
            {
                Fail(declared.Count == 0 ? $"{who} takes no parameters." : $"{who} knows the parameters {string.Join(", ", declared.Select(d => d.Name))}.", parameter.Where + ".name");
                continue;
            }
            int count = counts[input.Name] = counts.GetValueOrDefault(input.Name) + 1;
            if (input.Max != "*" && int.Parse(input.Max, CultureInfo.InvariantCulture) is var most && count == most + 1)
                Fail(most == 1 ? $"{input.Name} may be given once." : $"{input.Name} may be given {most} times.", parameter.Where);
            if (input.Parts.Count > 0 && parameter.Type == "Part")
                Check(OperationInputs.Parameters(parameter.Part, parameter.Where + ".part"), input.Parts, parameter.Where + ".part", input.Name, context);
            else if (Fault(parameter, input) is { } fault)
                Fail(fault, parameter.Place);
        }
        foreach (var missing in declared.Where(d => counts.GetValueOrDefault(d.Name) < d.Min))
            Fail($"{missing.Name} is required.", $"{list}.where(name='{missing.Name}')", FailureCode.MissingParameter);

        void Fail(string text, string where, FailureCode code = FailureCode.InvalidParameter) =>
            context.AddFailure(new ValidationFailure(where, text) { ErrorCode = code.ToString() });
    }

    /// <summary>What is wrong with a value; null when nothing is.</summary>
    private static string? Fault(GivenParameter given, OperationInput input)
    {
        if (given.Type is null)
            return $"{input.Name} carries one value.";
        if (input.Parts.Count > 0)
            return $"{input.Name} carries parts.";
        if (input.IsResource)
            return given.Type == "Resource" && given.Value.ValueKind == JsonValueKind.Object ? null : $"{input.Name} carries a resource.";
        if (given.Type.Length == 0 || !input.Takes(given.Type))
            return $"{input.Name} carries a value of type {ModelInfo.FhirTypeToFhirTypeName(input.Type!.Value)}.";
        return input.Type switch
        {
            FHIRAllTypes.Boolean => given.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : $"{input.Name} is true or false.",
            FHIRAllTypes.Integer => given.Value.ValueKind == JsonValueKind.Number && given.Value.TryGetInt32(out _) ? null : $"{input.Name} is a whole number.",
            FHIRAllTypes.Decimal => given.Value.ValueKind == JsonValueKind.Number && given.Value.TryGetDecimal(out _) ? null : $"{input.Name} is a number.",
            FHIRAllTypes.DateTime when input.IsInstant => given.Text is { } text && Instant().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                ? null : $"{input.Name} must be a dateTime with time and zone.",
            _ => given.Text is { Length: > 0 } ? null : $"{input.Name} needs a value.",
        };
    }

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Instant();
}
