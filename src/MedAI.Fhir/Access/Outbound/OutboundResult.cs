using System.Diagnostics.CodeAnalysis;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>What was read, or why nothing was.</summary>
public readonly struct OutboundResult<T>
{
    internal OutboundResult(T? value, OutboundError? error)
    {
        Value = value;
        Error = error;
    }

    public T? Value { get; }

    public OutboundError? Error { get; }

    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out OutboundError? error)
    {
        value = Value;
        error = Error;
        return error is null;
    }
}

/// <summary>Makes results.</summary>
internal static class OutboundResult
{
    public static OutboundResult<T> Of<T>(T value) => new(value, null);

    public static OutboundResult<T> Failed<T>(OutboundError error) => new(default, error);

    public static OutboundResult<T> Failed<T>(OutboundErrorKind kind) => new(default, new OutboundError(kind));
}
