using System.Runtime.CompilerServices;
using Firely.Fhir.Validation;

// Firely's schema is open to others and may change with its minor versions; tests say then what did.
#pragma warning disable ExperimentalApi

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>How long a judgement takes and how deep it goes: nobody waits longer for his turn, and nobody's server ends, because of one resource.</summary>
/// <remarks>There is one judgement at a time. Not thread safe.</remarks>
internal sealed class JudgementBounds(TimeProvider time)
{
    public const int Seconds = 10;

    private long _begun;
    private bool _apart;

    public void Begin() => _begun = time.GetTimestamp();

    /// <summary>Does what is no work on the resource: the time that it takes does not count.</summary>
    public T Apart<T>(Func<T> work)
    {
        if (_apart)
            return work();
        long at = time.GetTimestamp();
        _apart = true;
        try
        {
            return work();
        }
        finally
        {
            _apart = false;
            _begun += time.GetTimestamp() - at;
        }
    }

    /// <returns>False: no rule is left out.</returns>
    /// <exception cref="TimeoutException">The time is over.</exception>
    /// <exception cref="InsufficientExecutionStackException">The validator follows references by calling itself, as far as they go; at the end of the stack the process would end.</exception>
    public bool Excludes(IAssertion rule)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return time.GetElapsedTime(_begun) < TimeSpan.FromSeconds(Seconds) ? false : throw new TimeoutException();
    }
}
