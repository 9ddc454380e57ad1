using System.Text;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Tests.Conformance;

/// <summary>FSH of what is code first: failures with their statuses, and the issue types of failures and abstentions.</summary>
internal static class CodeSystemSource
{
    private const string Head = "// Written by CodeSystemTests out of the one error map; rewrite it with GOLDEN=update dotnet test, then run profiles/build.sh.\n";

    /// <summary>The code system of failures with status, status for CDS Hooks where it is another, and when to come back.</summary>
    public static string Failures()
    {
        var fsh = new StringBuilder(Head).Append("""

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

            """.ReplaceLineEndings("\n"));
        foreach (FailureCode failure in Enum.GetValues<FailureCode>())
        {
            var told = Told(failure);
            string code = KebabCase.Of(failure);
            fsh.Append($"* #{code} \"{Words(code)}\" {Quoted(told.Text)}\n");
            int property = 0;
            Property("http-status", ErrorMap.StatusOf(failure));
            if (ErrorMap.StatusOf(failure, AnswerTo.Hook) is var hook && hook != ErrorMap.StatusOf(failure))
                Property("hook-status", hook);
            if (ErrorMap.Answer(new Failure(failure), "x").RetryAfter is { } wait)
                Property("retry-after", (int)wait.TotalSeconds);

            void Property(string name, int value)
            {
                fsh.Append($"  * ^property[{property}].code = #{name}\n  * ^property[{property}].valueInteger = {value}\n");
                property++;
            }
        }
        return fsh.Append("""

            ValueSet: FailureCodesAll
            Id: failure
            Title: "What can go wrong"
            Description: "Everything that a caller of this server can be told went wrong."
            * insert Published
            * include codes from system FailureCodes

            """.ReplaceLineEndings("\n")).ToString();
    }

    /// <summary>The maps of failures and abstentions to issue types.</summary>
    public static string IssueTypes()
    {
        var fsh = new StringBuilder(Head);
        Map("failure", "What can go wrong, as FHIR says it", Enum.GetValues<FailureCode>().Where(f => f != FailureCode.Abstained).Select(f => (KebabCase.Of(f), Told(f).Issue)));
        Map("abstention-reason", "Reasons for no estimate, as FHIR says them", Enum.GetValues<AbstentionKind>().Select(IssueOf));
        return fsh.ToString();

        void Map(string system, string title, IEnumerable<(string Code, string Issue)> rows)
        {
            fsh.Append($"""

                Instance: {system}-to-issue-type
                InstanceOf: ConceptMap
                Usage: #definition
                * url = "{CanonicalUrls.Base}/ConceptMap/{system}-to-issue-type"
                * version = "0.1.0"
                * name = "{string.Concat(system.Split('-').Select(Words))}ToIssueType"
                * title = "{title}"
                * description = "The type of the issue by which an OperationOutcome tells each code."
                * status = #active
                * experimental = false
                * date = "2026-11-29"
                * publisher = "MedAI"
                * sourceCanonical = "{CanonicalUrls.Base}/ValueSet/{system}"
                * targetCanonical = "http://hl7.org/fhir/ValueSet/issue-type"
                * group.source = "{CanonicalUrls.Base}/CodeSystem/{system}"
                * group.target = "http://hl7.org/fhir/issue-type"

                """.ReplaceLineEndings("\n"));
            foreach ((string code, string issue) in rows)
                fsh.Append($"* group.element[+].code = #{code}\n* group.element[=].target.code = #{issue}\n* group.element[=].target.equivalence = #wider\n");
        }
    }

    private static (string Issue, string Text) Told(FailureCode failure)
    {
        using var outcome = JsonDocument.Parse(ErrorMap.Answer(new Failure(failure), "x").Outcome);
        JsonElement issue = outcome.RootElement.GetProperty("issue")[0];
        return (issue.GetProperty("code").GetString()!, issue.GetProperty("details").GetProperty("text").GetString()!);
    }

    private static (string Code, string Issue) IssueOf(AbstentionKind kind)
    {
        var reason = new AbstentionReason(kind, "x");
        var abstention = new Abstention { Model = new ModelIdentity("m", "1.0.0", ""), Reasons = [reason], Quality = null, AsOf = DateTimeOffset.UnixEpoch };
        using var outcome = JsonDocument.Parse(ErrorMap.Answer(ErrorMap.From(abstention), "x").Outcome);
        return (reason.Code, outcome.RootElement.GetProperty("issue")[0].GetProperty("code").GetString()!);
    }

    private static string Words(string code) =>
        (char.ToUpperInvariant(code[0]) + code[1..].Replace('-', ' ')).Replace("json", "JSON", StringComparison.Ordinal);

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
