using MedAI.Models.Inference;
using MedAI.Models.Predictions;

namespace MedAI.Models.Images;

/// <summary>Either an abstention, or a model's input with its hash. Dispose returns what was rented and not yet run.</summary>
public sealed class PreparedImage : IDisposable
{
    private InputRows? _tensor;

    internal PreparedImage(Abstention abstention)
    {
        Abstention = abstention;
        AsOf = abstention.AsOf;
        Remarks = [];
    }

    internal PreparedImage(InputRows tensor, string inputHash, DateTimeOffset asOf, IReadOnlyList<string> remarks)
    {
        _tensor = tensor;
        InputHash = inputHash;
        AsOf = asOf;
        Remarks = remarks;
    }

    /// <summary>Not null when the model must not be run.</summary>
    public Abstention? Abstention { get; }

    /// <summary>Lower-case hex SHA-256 of the input tensor; empty for an abstention.</summary>
    public string InputHash { get; } = "";

    public DateTimeOffset AsOf { get; }

    /// <summary>Codes of <see cref="ImageRemarks"/>.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Gives the tensor away.</summary>
    /// <exception cref="InvalidOperationException">It was run or disposed before.</exception>
    internal InputRows Take() => Interlocked.Exchange(ref _tensor, null) ?? throw new InvalidOperationException("A prepared image is run once.");

    public void Dispose() => Interlocked.Exchange(ref _tensor, null)?.Dispose();
}
