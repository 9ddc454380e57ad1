using MedAI.Models.Packages;

namespace MedAI.Models.Tests.Packages;

public sealed class CodeSyntaxTests
{
    [Theory]
    [InlineData("8867-4", true)]
    [InlineData("2160-0", true)]
    [InlineData("20564-1", true)]
    [InlineData("9279-1", true)]
    [InlineData("89579-7", true)]
    [InlineData("8867-5", false)]
    [InlineData("8876-4", false)]
    [InlineData("88674", false)]
    [InlineData("-4", false)]
    [InlineData("8867-", false)]
    [InlineData("8867-44", false)]
    [InlineData("LA6576-8", false)]
    [InlineData("", false)]
    public void Loinc_code_is_right_by_its_check_digit(string code, bool right) => Assert.Equal(right, LoincCode.IsValid(code));

    [Theory]
    [InlineData("mm[Hg]", true)]
    [InlineData("10*3/uL", true)]
    [InlineData("{score}", true)]
    [InlineData("/min", true)]
    [InlineData("kg/(m2.s)", true)]
    [InlineData("{beats per min}", false)]
    [InlineData("mm[Hg", false)]
    [InlineData("mm]Hg[", false)]
    [InlineData("{a{b}}", false)]
    [InlineData("(m", false)]
    [InlineData("µg/L", false)]
    [InlineData("", false)]
    public void Unit_code_has_the_characters_of_ucum(string code, bool right) => Assert.Equal(right, UcumText.IsValid(code));

    [Fact]
    public void Versions_are_ordered_as_semver_orders_them()
    {
        string[] ascending = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0", "10.0.0"];
        Assert.Equal(ascending, ascending.Reverse().Order(SemanticVersionOrder.Instance));
        Assert.Equal(0, SemanticVersionOrder.Instance.Compare("1.0.0+a", "1.0.0+b"));
    }
}
