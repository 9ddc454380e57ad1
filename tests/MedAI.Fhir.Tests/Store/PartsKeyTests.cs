using System.Text;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Tests.Store;

/// <summary>Keys lie in stores for years: what was keyed once must be found by the same key.</summary>
public sealed class PartsKeyTests
{
    [Fact]
    public void Key_is_the_hash_of_the_parts_with_their_lengths()
    {
        // SHA-256 of 1:a-1:0:1:ä, made by another program.
        Assert.Equal("59d3d7605028263918adc69a9732d43c3fc767698b3f019ed527c31a1da1c3d0", PartsKey.Of("a", null, "", "ä"));
        Assert.Equal("605c107b3fb9bf0d8893e84c6d207872872b13f6e8f2e28b1b147d235fa4e29a", PartsKey.Of("{\"x\":1}"u8, "a", null, "", "ä"));
        string large = new('Ω', 100_000);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes("100000:" + large))), PartsKey.Of(large));
    }

    [Fact]
    public void Lists_of_parts_do_not_run_together()
    {
        string[] keys = [PartsKey.Of("ab", "c"), PartsKey.Of("a", "bc"), PartsKey.Of("abc"), PartsKey.Of("abc", null), PartsKey.Of("abc", ""), PartsKey.Of()];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }
}
