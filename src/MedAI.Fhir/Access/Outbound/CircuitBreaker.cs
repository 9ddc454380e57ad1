namespace MedAI.Fhir.Access.Outbound;

/// <summary>Leaves a failing system alone for a while and then lets one call try.</summary>
/// <remarks>Thread-safe. Whoever was let in reports once, by <see cref="Succeed"/>, <see cref="Fail"/> or <see cref="Abandon"/>.</remarks>
public sealed class CircuitBreaker(int failuresToOpen, TimeSpan openFor, TimeProvider time)
{
    private readonly Lock _lock = new();
    private int _failures;
    private long _openedAt;
    private bool _open;
    private bool _trying;

    /// <summary>True when a call may be made now.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (!_open)
                return true;
            if (_trying || time.GetElapsedTime(_openedAt) < openFor)
                return false;
            _trying = true;
            return true;
        }
    }

    public void Succeed()
    {
        lock (_lock)
        {
            _failures = 0;
            _open = false;
            _trying = false;
        }
    }

    /// <summary>Returns true when this failure opened the circuit.</summary>
    public bool Fail()
    {
        lock (_lock)
        {
            bool opens = _trying || (!_open && ++_failures >= failuresToOpen);
            _trying = false;
            if (opens)
            {
                _open = true;
                _openedAt = time.GetTimestamp();
            }
            return opens;
        }
    }

    /// <summary>The call ended without saying anything about the other system.</summary>
    public void Abandon()
    {
        lock (_lock)
            _trying = false;
    }
}
