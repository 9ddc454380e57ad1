namespace MedAI.Training.Evaluation.Cards;

/// <summary>One of the 31 source attributes that a predictive decision support intervention states.</summary>
public sealed record SourceAttribute(int Number, string Section, string Name);

/// <summary>The 31 source attributes of 45 CFR 170.315(b)(11)(iv)(B), in their order.</summary>
public static class SourceAttributes
{
    public const string Framework = "ONC HTI-1 predictive decision support intervention, 45 CFR 170.315(b)(11)(iv)(B)";

    private static readonly (string Section, string[] Names)[] Sections =
    [
        ("Details and output", ["Developer and contact", "Funding source", "Value produced as output", "Kind of output"]),
        ("Purpose", ["Intended use", "Intended patient population", "Intended users", "Intended decision-making role"]),
        ("Cautioned out-of-scope use", ["Tasks, situations and populations cautioned against", "Known risks, inappropriate settings, limitations"]),
        (
            "Development details and input features",
            [
                "Inclusion and exclusion criteria of the training data", "Use of demographic variables as inputs", "Demographic representativeness of the training data",
                "Relevance of the training data to the deployed setting",
            ]),
        ("Fairness process", ["Approach to fair output", "Approaches to manage, reduce or eliminate bias"]),
        ("External validation", ["Data source and setting", "Party that conducted it", "Demographic representativeness of external data", "Description of the process"]),
        (
            "Quantitative performance",
            [
                "Validity in test data from the same source", "Fairness in test data from the same source", "Validity in external data", "Fairness in external data",
                "References to evaluation of outcomes",
            ]),
        (
            "Ongoing maintenance",
            ["Process and frequency of monitoring validity", "Validity in local data", "Process and frequency of monitoring fairness", "Fairness in local data"]),
        ("Update schedule", ["Process and frequency of updates", "Frequency of correction when risks are found"]),
    ];

    public static IReadOnlyList<SourceAttribute> All { get; } =
        [.. Sections.SelectMany(s => s.Names.Select(name => (s.Section, Name: name))).Select((a, i) => new SourceAttribute(i + 1, a.Section, a.Name))];
}
