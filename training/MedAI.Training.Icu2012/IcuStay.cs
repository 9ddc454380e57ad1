namespace MedAI.Training.Icu2012;

/// <summary>One intensive-care stay of the PhysioNet/CinC 2012 challenge: who, where, and everything recorded in 48 hours.</summary>
/// <remarks>Nothing is cleaned here except that -1, the challenge's mark for "not known", becomes null.</remarks>
public sealed record IcuStay
{
    /// <summary>The challenge's number of this stay.</summary>
    public required int RecordId { get; init; }

    /// <summary>Age in completed years; the challenge folds everyone older than 89 into 90.</summary>
    public required double? Age { get; init; }

    /// <summary>True for a man, false for a woman, null when not recorded.</summary>
    public required bool? Male { get; init; }

    /// <summary>Height in centimetres as recorded at admission, which may be absurd.</summary>
    public required double? HeightCm { get; init; }

    /// <summary>The kind of unit the stay began in.</summary>
    public required IcuUnit Unit { get; init; }

    /// <summary>Every time-stamped line in the order of the file, weights of the admission included.</summary>
    public required IReadOnlyList<IcuEvent> Events { get; init; }

    /// <summary>Lines that name no parameter or hold no number; they carry no information.</summary>
    public int UnreadableLines { get; init; }
}
