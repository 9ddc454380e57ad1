using System.Text.Json.Serialization;

namespace MedAI.Models.Packages;

/// <summary>Inputs with the outputs that the model gave where it was made: a server that cannot reproduce them must not serve it.</summary>
/// <remarks>The file <c>golden.json</c> of a package. Made from synthetic stays and pictures, never from patients.</remarks>
public sealed record GoldenVectors
{
    /// <summary>"1.0".</summary>
    public required string SchemaVersion { get; init; }

    /// <summary>Largest absolute difference of any output value.</summary>
    public required double Tolerance { get; init; }

    public required IReadOnlyList<GoldenCase> Cases { get; init; }
}

/// <summary>One run: every input tensor and every output tensor by its name in the graph, row-major.</summary>
public sealed record GoldenCase
{
    public required string Name { get; init; }

    /// <summary>N, the number of rows.</summary>
    public required int Rows { get; init; }

    /// <summary>T, the number of steps; null for a model without a time axis.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Steps { get; init; }

    public required IReadOnlyDictionary<string, float[]> Inputs { get; init; }

    public required IReadOnlyDictionary<string, float[]> Outputs { get; init; }
}
