namespace MedAI.Samples.Stays;

/// <summary>SplitMix64: the same numbers on every platform and every .NET version, which System.Random does not promise.</summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform integer in [low, high].</summary>
    public int Between(int low, int high) => low + (int)(Uniform() * (high - low + 1));

    /// <summary>Near-normal with mean 0 and deviation 1: twelve uniforms, so that no library logarithm can differ between platforms.</summary>
    public double Normal()
    {
        double sum = 0;
        for (int i = 0; i < 12; i++)
            sum += Uniform();
        return sum - 6;
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
